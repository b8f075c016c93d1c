// Discovery documents and key sets as the versions read them. Sources: Microsoft.IdentityModel
// 6.35.0 (Newtonsoft.Json inside), 7.1.2, 8.0.1, 8.0.2: JsonSerializerPrimitives.cs,
// JsonWebKeySerializer.cs, JsonWebKeySetSerializer.cs, OpenIdConnectConfigurationSerializer.cs.
#include "validators/dotnet/dotnet_documents.hpp"

#include "tests/unit/validators/served_documents.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using validators::library_traits;
using validators::Version;

namespace {

constexpr Version kNewtonsoft{6, 35, 0};
constexpr Version kStanding{7, 1, 2};
constexpr Version kAdvancing{8, 0, 2};

std::string key(const std::string& kid, const std::string& more = {}) {
  const test::TestKey one = test::key_one();
  return R"({"kty":"EC","kid":")" + kid + R"(","crv":"P-256","x":")" + one.x + R"(","y":")" +
         one.y + '"' + more + '}';
}

// The ids of the keys, in order; "!" where the library throws.
std::string kids(const std::string& set, Version version) {
  const auto document = validators::read_key_set(set, library_traits(version, false));
  if (!document.error.empty()) {
    return "!";
  }
  std::string text;
  for (const auto& one : document.keys) {
    text += one.kid + ' ';
  }
  return text;
}

std::string keys(const std::string& entries) { return R"({"keys":[)" + entries + "]}"; }

// issuer and jwks_uri, or "!".
std::string found(const std::string& document, Version version) {
  const auto read = validators::read_discovery(document, library_traits(version, false));
  return read.error.empty() ? read.issuer + ' ' + read.jwks_uri : "!";
}

}  // namespace

TEST_CASE("of members that a key has twice, the last one counts, in any letter case",
          "[validators]") {
  for (const Version version : {kNewtonsoft, kStanding, kAdvancing}) {
    CHECK(kids(keys(key("a", R"(,"kid":"b")")), version) == "b ");
    CHECK(kids(keys(key("a", R"(,"KID":"c")")), version) == "c ");
    CHECK(kids(keys(key("a", R"(,"Kty":"RSA")")), version).empty());
    CHECK(kids(keys(key("a", R"(,"X":"AAAA")")), version).empty());
    CHECK(kids(R"({"keys":[)" + key("a") + R"(],"KEYS":[)" + key("b") + "]}", version) == "a b ");
  }
  // Newtonsoft ignores a null, System.Text.Json takes it.
  CHECK(kids(keys(key("a", R"(,"kid":null)")), kNewtonsoft) == "a ");
  CHECK(kids(keys(key("a", R"(,"kid":null)")), kAdvancing) == " ");
}

TEST_CASE("a member of the wrong type spoils the set, but for scalars up to 6.x", "[validators]") {
  struct Case {
    const char* member;
    const char* lenient;
    const char* strict;
  };
  const Case cases[] = {
      {R"(,"kid":7)", "7 ", "!"},
      {R"(,"kid":7.50)", "7.50 ", "!"},
      {R"(,"kid":true)", "true ", "!"},
      {R"(,"kid":["a"])", "!", "!"},
      {R"(,"kid":{})", "!", "!"},
      {R"(,"x5c":"MII")", "!", "!"},
      {R"(,"x5c":"")", "a ", "!"},
      {R"(,"x5c":null)", "a ", "a "},
      {R"(,"key_ops":null)", "a ", "!"},
      {R"(,"key_ops":"")", "a ", "!"},
      {R"(,"key_ops":["verify",5])", "a ", "!"},
      {R"(,"key_ops":["verify",null])", "a ", "a "},
      {R"(,"key_ops":[["verify"]])", "!", "!"},
      {R"(,"oth":[{"r":"x"}])", "!", "!"},
      {R"(,"exp":{"a":[1,{"b":null}]})", "a ", "a "},
      {R"(,"KEY_OPS":"verify")", "!", "!"},
  };
  for (const Case& one : cases) {
    INFO(one.member);
    CHECK(kids(keys(key("a", one.member)), kNewtonsoft) == one.lenient);
    CHECK(kids(keys(key("a", one.member)), kStanding) == one.strict);
    CHECK(kids(keys(key("a", one.member)), kAdvancing) == one.strict);
  }
}

TEST_CASE("an entry that is no key spoils the set up to 6.x and is passed over later",
          "[validators]") {
  for (const char* entry : {"null", "5", "true", R"("text")", R"("")", "[]"}) {
    INFO(entry);
    CHECK(kids(keys(key("a") + ',' + entry), kNewtonsoft) == "!");
    CHECK(kids(keys(key("a") + ',' + entry), kStanding) == "a ");
    CHECK(kids(keys(key("a") + ',' + entry), kAdvancing) == "a ");
  }
  // An array among the keys is entered; its end is taken for that of the list.
  for (const Version version : {kStanding, kAdvancing}) {
    CHECK(kids(keys('[' + key("in") + "]," + key("behind")), version) == "in ");
    CHECK(kids(keys("[1]," + key("behind")), version).empty());
    CHECK(kids(keys(key("a") + R"(,{"x":[[1],2]},)" + key("b")), version) == "!");
    CHECK(kids(keys(key("a") + R"(,{"odd":[[1],2]},)" + key("b")), version) == "a b ");
  }
}

TEST_CASE("what may stand in the place of the list of keys", "[validators]") {
  struct Case {
    const char* set;
    const char* lenient;
    const char* strict;
  };
  const Case cases[] = {
      {"{}", "", ""},
      {R"({"keys":[]})", "", ""},
      {R"({"keys":null})", "", "!"},
      {R"({"keys":""})", "", "!"},
      {R"({"keys":"x"})", "!", "!"},
      {R"({"keys":{}})", "!", "!"},
      {R"({"keys":5})", "!", "!"},
      {R"([{"kty":"EC"}])", "!", "!"},
      {"null", "!", "!"},
      {" ", "!", "!"},
      {R"({"keys":[],})", "", "!"},
      {R"({"keys":[]}x)", "!", "!"},
      {R"({"keys":[]} {})", "!", "!"},
      {R"(/* c */{"keys":[]}// c)", "", "!"},
      {"{\"keys\":[],\"a\":\"\xC2\xA0\t\"}", "", "!"},
      {"{\"keys\":\xC2\xA0[]}", "", "!"},
      {"\xEF\xBB\xBF{\"keys\":[]}", "!", "!"},
      {R"({"keys":[],"a":0x1F,"b":017,"c":.5})", "", "!"},
      {R"({"keys":[],"a":1e400,"b":123456789012345678901234567890})", "", ""},
  };
  for (const Case& one : cases) {
    INFO(one.set);
    CHECK(kids(one.set, kNewtonsoft) == one.lenient);
    CHECK(kids(one.set, kStanding) == one.strict);
    CHECK(kids(one.set, kAdvancing) == one.strict);
  }
}

TEST_CASE("half a surrogate pair only hurts System.Text.Json where a text is decoded",
          "[validators]") {
  const std::string half = R"(\ud800)";
  CHECK(kids(keys(key("a", R"(,"odd":")" + half + '"')), kNewtonsoft) == "a ");
  CHECK(kids(keys(key("a", R"(,"odd":")" + half + '"')), kAdvancing) == "!");
  CHECK(kids(keys(key("a", R"(,"odd":[")" + half + R"("])")), kAdvancing) == "a ");
  CHECK(kids(keys(key("a", ",\"" + half + R"(":1)")), kAdvancing) == "!");
  CHECK(kids(keys(key("\\u0061\\ud83d\\ude00")), kAdvancing) == "a\xF0\x9F\x98\x80 ");
}

TEST_CASE("a set of 100 arrays is too deep from 6.22 on", "[validators]") {
  const std::string deep =
      R"({"keys":[],"a":)" + std::string(100, '[') + std::string(100, ']') + '}';
  CHECK(kids(deep, {6, 15, 1}).empty());
  CHECK(kids(deep, kNewtonsoft) == "!");
  CHECK(kids(deep, kAdvancing) == "!");
}

TEST_CASE("the early readers of 7.x stumble over letter case, lists and objects", "[validators]") {
  const std::string good = R"("issuer":"i","jwks_uri":"j")";
  struct Case {
    std::string document;
    const char* lenient;
    const char* standing;
    const char* advancing;
  };
  const Case cases[] = {
      {'{' + good + '}', "i j", "i j", "i j"},
      {'{' + good + R"(,"Issuer":"k"})", "k j", "!", "k j"},
      {'{' + good + R"(,"SCOPES_SUPPORTED":[]})", "i j", "!", "i j"},
      {'{' + good + R"(,"scopes_supported":["a",1]})", "i j", "!", "i j"},
      {'{' + good + R"(,"scopes_supported":[["a"]]})", "!", "!", "i j"},
      {'{' + good + R"(,"scopes_supported":"openid"})", "i j", "!", "!"},
      {'{' + good + R"(,"scopes_supported":null})", "i j", "i j", "i j"},
      {'{' + good + R"(,"request_parameter_supported":"true"})", "i j", "!", "!"},
      {'{' + good + R"(,"frontchannel_logout_supported":"maybe"})", "i j", "i j", "!"},
      {'{' + good + R"(,"frontchannel_logout_supported":" True "})", "i j", "i j", "i j"},
      {'{' + good + "} trailing", "!", "i j", "!"},
      {R"({"issuer":5,"jwks_uri":"j"})", "5 j", "!", "!"},
      {R"({"issuer":"i","issuer":"k"})", "k ", "k ", "k "},
      {R"({"issuer":"i","issuer":null})", "i ", " ", " "},
      // The end of any object ends the document up to 7.3.
      {R"({"issuer":"i","mtls_endpoint_aliases":{"a":"b"},"jwks_uri":"j"})", "i j", "i ", "i j"},
      // An array in a list, whose end is taken for that of the list: the rest is read as members.
      {R"({"issuer":"i","scopes_supported":[[1],{"jwks_uri":"k"}],"jwks_uri":"j"})", "!", "!",
       "i k"},
  };
  for (const Case& one : cases) {
    INFO(one.document);
    CHECK(found(one.document, kNewtonsoft) == one.lenient);
    CHECK(found(one.document, kStanding) == one.standing);
    CHECK(found(one.document, {7, 3, 1}) == one.standing);
    CHECK(found(one.document, {7, 4, 0}) == one.advancing);
    CHECK(found(one.document, kAdvancing) == one.advancing);
  }
}

TEST_CASE("8.0.0 and 8.0.1 fail where acr_values_supported stands last", "[validators]") {
  const std::string last = R"({"issuer":"i","acr_values_supported":["1"]})";
  const std::string first = R"({"acr_values_supported":["1"],"issuer":"i"})";
  CHECK(found(last, {7, 7, 3}) == "i ");
  CHECK(found(last, {8, 0, 0}) == "!");
  CHECK(found(last, {8, 0, 1}) == "!");
  CHECK(found(last, {8, 0, 2}) == "i ");
  CHECK(found(first, {8, 0, 1}) == "i ");
}

TEST_CASE("the members that 8.0.0 knows must have their type from then on", "[validators]") {
  const std::string document = R"({"issuer":"i","code_challenge_methods_supported":"S256"})";
  CHECK(found(document, {7, 7, 3}) == "i ");
  CHECK(found(document, {8, 0, 1}) == "!");
}

TEST_CASE("no bytes crash a reader of documents", "[validators]") {
  const std::string good = keys(key("a", R"(,"x5c":["MII"],"o":{"p":[1,"\u00e9"]})"));
  std::size_t read = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'\0', '"', '\\', '[', ']', '{', '}', ',', '\xFF', '9'}) {
      std::string text = good;
      text[i] = c;
      for (const Version version : {kNewtonsoft, kStanding, kAdvancing}) {
        read += kids(text, version) == "!" ? 0U : 1U;
        found(text, version);
        kids(text.substr(0, i), version);
      }
    }
  }
  CHECK(read > good.size());
}
