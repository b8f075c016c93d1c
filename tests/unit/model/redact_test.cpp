#include "base/digest.hpp"
#include "model/jwk.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace idpwatch::model {

using nlohmann::json;

TEST_CASE("every secret member is replaced by the digest of its text", "[model]") {
  json document = json::parse(R"({"keys":[{"kty":"oct","k":"c2VjcmV0"},
      {"kty":"RSA","n":"AQ","e":"AQAB","d":"D","p":"P","q":"Q","dp":"DP","dq":"DQ","qi":"QI",
       "oth":[{"r":"R","d":"OD","t":"T"}]}]})");
  const auto found = redact_secrets(document);
  CHECK(found == std::vector<std::string>{"0.k", "1.d", "1.dp", "1.dq", "1.oth.0.d", "1.oth.0.r",
                                          "1.oth.0.t", "1.p", "1.q", "1.qi"});
  CHECK(document["keys"][0]["k"] == "redacted-" + base::sha256_hex("c2VjcmV0").substr(0, 12));
  CHECK(document["keys"][1]["n"] == "AQ");
  CHECK(document.dump().find("\"OD\"") == std::string::npos);
}

TEST_CASE("redaction is idempotent and still tells what it found", "[model]") {
  json document = json::parse(
      R"({"keys":[{"kty":"oct","k":{"deep":["secret"]}},{"d":5},{"k":"redacted-0123456789ab"}]})");
  const auto first = redact_secrets(document);
  const json once = document;
  CHECK(redact_secrets(document) == first);
  CHECK(document == once);
  CHECK(document["keys"][2]["k"] == "redacted-0123456789ab");
  CHECK(first == std::vector<std::string>{"0.k", "1.d", "2.k"});
}

TEST_CASE("what only looks redacted is a secret all the same", "[model]") {
  for (const char* text :
       {"redacted-", "redacted-0123456789AB", "redacted-0123456789abc", "redacted-secret-text"}) {
    json document = {{"keys", {{{"kty", "oct"}, {"k", text}}}}};
    redact_secrets(document);
    CHECK(document["keys"][0]["k"] != text);
  }
}

TEST_CASE("secrets are found wherever they stand", "[model]") {
  json nested = json::parse(R"({"keys":[{"kty":"RSA","private":{"d":"secret"}}]})");
  CHECK(redact_secrets(nested) == std::vector<std::string>{"0.private.d"});
  json single = json::parse(R"({"kty":"RSA","d":"secret"})");
  CHECK(redact_secrets(single) == std::vector<std::string>{"d"});
  json bare = json::parse(R"([{"kty":"oct","k":"secret"}])");
  CHECK(redact_secrets(bare) == std::vector<std::string>{"0.k"});
  json nothing = json::parse(R"({"keys":[{"kty":"RSA"}],"k":"no key"})");
  CHECK(redact_secrets(nothing).empty());
}

TEST_CASE("an oct key is known by the text that stands for its secret", "[model]") {
  json document = json::parse(R"({"keys":[{"kty":"oct","k":"one"},{"kty":"oct","k":"two"}]})");
  // Nobody redacted: the parser does it by itself, and comes to the same key.
  const auto raw = parse_key_set(document);
  redact_secrets(document);
  const auto redacted = parse_key_set(document);
  REQUIRE((raw && redacted));
  CHECK(raw->keys[0].thumbprint == redacted->keys[0].thumbprint);
  CHECK(raw->keys[0].thumbprint != raw->keys[1].thumbprint);
  CHECK(raw->keys[0].members.find("one") == std::string::npos);
}

}  // namespace idpwatch::model
