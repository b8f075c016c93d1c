// Two hundred tokens that nobody means well with: each is explained, with bounded work and without
// an octet that moves a cursor.
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "explain/check_by_check.hpp"
#include "explain/explain_token.hpp"
#include "explain/explanation_json.hpp"
#include "explain/explanation_text.hpp"
#include "explain/token_signature.hpp"
#include "tests/unit/explain/made_tokens.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace idpwatch;
using namespace idpwatch::explain;

namespace {

constexpr const char* kGood = R"({"alg":"RS256","kid":"a1"})";

std::string claims(const std::string& more) {
  return R"({"iss":"https://login.example.com","aud":"api://orders","exp":1796043000)" + more + "}";
}

std::vector<std::string> odd_headers() {
  std::vector<std::string> out = {"",
                                  "{",
                                  "[]",
                                  "null",
                                  "\"x\"",
                                  "7",
                                  "{}",
                                  R"({"alg":"none"})",
                                  R"({"alg":"None"})",
                                  R"({"alg":null})",
                                  R"({"alg":["RS256"]})",
                                  R"({"alg":"RS256","kid":7})",
                                  R"({"alg":"RS256","kid":null})",
                                  R"({"alg":"RS256","kid":{"a":[1]}})",
                                  "{\"alg\":\"RS256\",\"kid\":\"\\u001b[2J\"}",
                                  R"({"alg":"RS256","kid":"<script>alert(1)</script>"})",
                                  "{\"alg\":\"RS256\",\"kid\":\"\\u202ea\"}",
                                  R"({"alg":"RS256","alg":"none"})",
                                  R"({"alg":"RS256","crit":["exp"]})",
                                  R"({"alg":"RS256","nonce":""})",
                                  R"({"alg":"RS256","nonce":"\"nonce\""})",
                                  R"({"alg":"HS256","kid":"a1"})",
                                  "{\"alg\":\"RS256\",\"kid\":\"\xff\xfe\"}",
                                  std::string("\0\0", 2)};
  for (const std::size_t deep : {65UL, 1000UL, 60'000UL}) {
    out.push_back("{\"alg\":\"RS256\",\"x\":" + std::string(deep, '[') + std::string(deep, ']') +
                  "}");
  }
  out.push_back("{\"alg\":\"" + std::string(100'000, 'R') + "\",\"kid\":\"" +
                std::string(50'000, 'k') + "\"}");
  return out;
}

std::vector<std::string> odd_claims() {
  std::vector<std::string> out;
  for (const char* number :
       {"1e400", "-1e400", "9223372036854775807", "-9223372036854775808", "1e18", "1e15", "1e12",
        "-1", "0", "0.5", "\"1796043000\"", "null", "true", "[]", "{}", "1796043000.9"}) {
    for (const char* name : {"exp", "nbf", "iat"}) {
      out.push_back(R"({"iss":"https://login.example.com","aud":"api://orders",")" +
                    std::string(name) + "\":" + number + "}");
    }
  }
  for (const char* aud : {"null", "7", "[]", "[7,null,{}]", "[\"\"]", "\"\\u0000\"",
                          "\"api://orders\\u200b\"", "{\"a\":1}"}) {
    out.push_back(R"({"iss":"https://login.example.com","exp":1796043000,"aud":)" +
                  std::string(aud) + "}");
  }
  for (const char* more :
       {R"(,"kubernetes.io":7)", R"(,"kubernetes.io":{"pod":7,"warnafter":"x"})",
        R"(,"kubernetes.io":{"pod":{"name":["x"]},"serviceaccount":null})", R"(,"token_use":7)",
        R"(,"cnf":null)", R"(,"events":[])", R"(,"scp":{"a":1})", R"(,"ver":2)", R"(,"tid":null)",
        R"(,"roles":"x")", R"(,"exp":1,"exp":2)", R"(,"aud":"account","aud":["x"])",
        ",\"name\":\"\\u001b]0;x\\u0007\""}) {
    out.push_back(claims(more));
  }
  for (const char* iss :
       {"\"\"", "7", "null", "\"https://login.microsoftonline.com\"",
        "\"https://sts.windows.net/\"", "\"https://x/realms/\"", "\"https://accounts.google.com\"",
        "\"http://[::1\"", "\"javascript:alert(1)\"", "\"https://a.okta.com\"",
        "\"https://h/adfs\""}) {
    out.push_back(R"({"aud":"x","exp":1796043000,"iss":)" + std::string(iss) + "}");
  }
  out.push_back(claims(",\"groups\":[" + std::string(30'000, '1') + "]"));
  std::string many = ",\"g\":[0";
  for (int i = 0; i < 20'000; ++i) many += ",1";
  out.push_back(claims(many + "]"));
  return out;
}

std::vector<std::string> hostile() {
  std::vector<std::string> out;
  for (const std::string& header : odd_headers())
    out.push_back(test::put_together(header, claims(""), "signature"));
  for (const std::string& payload : odd_claims())
    out.push_back(test::put_together(kGood, payload, "signature"));
  const std::string good = test::put_together(kGood, claims(""), "signature");
  for (std::size_t cut = 1; cut < good.size(); cut += good.size() / 55)
    out.push_back(good.substr(0, cut));
  for (const std::string& text :
       {std::string(),
        std::string("."),
        std::string(".."),
        std::string("...."),
        std::string(5000, '.'),
        std::string("ey"),
        std::string("eyJ."),
        std::string(300'000, 'e'),
        std::string(300'000, 'y'),
        "ey" + std::string(300'000, 'A'),
        std::string("Bearer"),
        std::string("Bearer Bearer"),
        std::string("Bearer \""),
        std::string("\""),
        std::string("%20%20%"),
        std::string("{\"access_token\":"),
        std::string("{\"access_token\":7}"),
        std::string("{\"access_token\":\"{\\\"access_token\\\":\\\"x\\\"}\"}"),
        std::string("\xff\xfe\xfd"),
        std::string("a\0b", 3),
        good + good,
        good + "." + good,
        "Bearer " + std::string(100'000, ' ') + good,
        std::string(50'000, '\n') + good,
        "Cookie: a=b; t=" + good + "; c=d",
        "curl -H 'Authorization: Bearer " + good + "' https://x",
        "Authorization:" + std::string(10'000, '"'),
        base::to_lower(good),
        good + "...",
        good + "[cut]",
        std::string(200'000, '%'),
        std::string("authorization: Basic eDp5"),
        std::string("\x1b[31m") + good,
        std::string("ey") + std::string(100, '*')}) {
    out.push_back(text);
  }
  return out;
}

bool is_harmless(const std::string& text) {
  return base::is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return (static_cast<unsigned char>(c) < ' ' && c != '\n') || c == '\x7f';
         });
}

}  // namespace

TEST_CASE("two hundred hostile tokens are explained with bounded work", "[hostile]") {
  const auto all = hostile();
  REQUIRE(all.size() >= 200);
  model::ValidatorSettings settings;
  settings.profile = "aspnetcore-jwtbearer";
  settings.version = "8.0.1";
  settings.authority = model::TextSetting("https://login.example.com");
  settings.audiences = model::ListSetting({"api://orders"});
  model::ValidatorSettings node;
  node.profile = "jose";
  node.issuers = model::ListSetting({"https://login.example.com"});
  node.audiences = settings.audiences;
  KnownAuthority authority;
  authority.name = authority.issuer = "https://login.example.com";
  authority.metadata_url = "https://login.example.com/.well-known/openid-configuration";
  authority.jwks_url = "https://login.example.com/jwks";
  authority.metadata = std::make_shared<const std::string>(
      nlohmann::json{{"issuer", authority.issuer}, {"jwks_uri", authority.jwks_url}}.dump());
  authority.jwks = std::make_shared<const std::string>(
      nlohmann::json{{"keys", {test::public_jwk("a", "a1")}}}.dump());
  authority.keys = keys_in(authority.jwks);
  const auto store = std::make_shared<validators::DocumentStore>();
  const auto dotnet = validators::Validator::compile(settings, store);
  const auto jose = validators::Validator::compile(node, store);
  REQUIRE(dotnet);
  REQUIRE(jose);
  for (const std::string& text : all) {
    INFO(base::printable(text, 100));
    Explanation explanation =
        explain_token(text, {base::from_unix_seconds(1'796'040'000), std::nullopt, false});
    if (explanation.pasted.token.empty()) continue;
    CHECK(verify_signature(explanation.form, authority.keys).tried <= 64);
    explanation.results.push_back(
        explain_validator({"orders", settings, *dotnet, &authority, std::nullopt}, explanation));
    explanation.results.push_back(
        explain_validator({"notes", node, *jose, &authority, std::nullopt}, explanation));
    explanation.results.push_back(explain_by_authority(authority, std::nullopt, explanation));
    for (const ValidatorExplanation& result : explanation.results)
      CHECK_FALSE(result.accepted.value_or(false));
    const std::string shown = explanation_text(explanation, true);
    CHECK(is_harmless(shown));
    CHECK(shown.size() < 60'000);
    CHECK_FALSE(explanation_json(explanation)
                    .dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace)
                    .empty());
  }
}

TEST_CASE("a key set with thousands of keys costs no more than a few verifications", "[hostile]") {
  std::vector<model::Jwk> keys;
  const model::Jwk key = model::parse_jwk(test::public_jwk("a", "a1"));
  for (int i = 0; i < 5000; ++i) keys.push_back(key);
  const auto explanation =
      explain_token(test::put_together(kGood, claims(""), std::string(256, 'x')),
                    {base::from_unix_seconds(1'796'040'000), std::nullopt, false});
  CHECK(verify_signature(explanation.form, keys).tried == 64);
}

TEST_CASE("a report to share holds no signature and no claim beyond those that it needs",
          "[redact]") {
  const nlohmann::json header{{"alg", "RS256"}, {"kid", "a1"}};
  const nlohmann::json claims{
      {"iss", "https://login.example.com"},
      {"aud", "api://orders"},
      {"exp", 1'796'043'000},
      {"sub", "secret-person"},
      {"email", "secret@example.com"},
      {"kubernetes.io", {{"pod", {{"name", "secret-pod"}}}, {"namespace", "secret-space"}}}};
  const std::string token = test::signed_token(header, claims, "a");
  for (const bool redact : {false, true}) {
    const auto explanation = explain_token(
        "Bearer " + token, {base::from_unix_seconds(1'796'040'000), std::nullopt, redact});
    const std::string all =
        explanation_text(explanation, true) + explanation_json(explanation).dump();
    CHECK(all.find(token.substr(token.rfind('.') + 1, 40)) == std::string::npos);
    CHECK((all.find("secret") == std::string::npos) == redact);
  }
}
