#include "tests/unit/explain/reported_token.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/file.hpp"
#include "deployed/core/reading.hpp"
#include "explain/explanation_text.hpp"
#include "tests/unit/explain/made_tokens.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <regex>

namespace idpwatch::explain::test {
namespace {

std::string read(const std::string& folder, const std::string& file) {
  auto bytes =
      base::read_file(std::string(IDPWATCH_TEST_DATA) + "/token-reports/" + folder + "/" + file);
  INFO(folder << "/" << file);
  REQUIRE(bytes);
  return *bytes;
}

// "RSA key a, kid a1", "the key not in set, kid app-1".
nlohmann::json key_set(const nlohmann::json& descriptions) {
  nlohmann::json keys = nlohmann::json::array();
  for (const std::string one : descriptions) {
    const std::size_t kid = one.find("kid ");
    const std::string name = one.starts_with("RSA key ") ? one.substr(8, 1) : "stranger";
    keys.push_back(public_jwk(name, one.substr(kid + 4)));
  }
  return {{"keys", keys}};
}

const nlohmann::json* authority_in(const std::string& folder, nlohmann::json& held) {
  held = case_json(folder, "token.json");
  return held.contains("authority") ? &held["authority"] : nullptr;
}

KnownAuthority authority_of(const std::string& folder, const validators::Validator& validator) {
  nlohmann::json held;
  const nlohmann::json* said = authority_in(folder, held);
  REQUIRE(said != nullptr);
  KnownAuthority authority;
  authority.name = authority.issuer = (*said)["issuer"];
  authority.metadata_url = validator.addresses().metadata;
  authority.jwks_url = "https://keys.example.com/jwks";
  authority.metadata = std::make_shared<const std::string>(
      nlohmann::json{{"issuer", authority.issuer}, {"jwks_uri", authority.jwks_url}}.dump());
  authority.jwks = std::make_shared<const std::string>(key_set((*said)["keys"]).dump());
  authority.keys = keys_in(authority.jwks);
  return authority;
}

std::optional<KeyElsewhere> elsewhere_of(const std::string& folder, const Explanation& explanation,
                                         const KnownAuthority& authority) {
  nlohmann::json held;
  const nlohmann::json* said = authority_in(folder, held);
  if (said == nullptr || !said->contains("keys_at_metadata_with_query")) return std::nullopt;
  const std::string url = application_metadata_url(explanation.form, authority.metadata_url);
  const std::string query = url.substr(url.find('?') + 1);
  REQUIRE((*said)["keys_at_metadata_with_query"].contains(query));
  const auto body = std::make_shared<const std::string>(
      key_set((*said)["keys_at_metadata_with_query"][query]).dump());
  return application_key(explanation.form, url, keys_in(body));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

bool says(const std::string& text, const std::string& pattern) {
  return std::regex_search(text, std::regex(pattern, std::regex::ECMAScript | std::regex::icase));
}

}  // namespace

nlohmann::json case_json(const std::string& folder, const std::string& file) {
  return nlohmann::json::parse(read(folder, file));
}

std::string token_of(const std::string& folder, const std::string& file) {
  const nlohmann::json said = case_json(folder, file);
  const nlohmann::json header = said["header"];
  const nlohmann::json claims = with_times(said["claims"], kNow);
  const std::string how = said["sign_with"];
  if (how.starts_with("none: five parts")) {
    return base::base64url_encode(header.dump()) +
           "..AAAAAAAAAAAAAAAA.c29tZSBvY3RldHM.dGhlIHRhZyBvZiBpdA";
  }
  if (how.starts_with("none: the third part")) {
    return base::base64url_encode(header.dump()) + "." + base::base64url_encode(claims.dump()) +
           ".SIGNATURE_REMOVED_BY_GOOGLE";
  }
  if (how.starts_with("HS256")) {
    return put_together(header.dump(), claims.dump(), base::hmac_sha256("a secret", "whatever"));
  }
  const std::string key = how.starts_with("RSA key not") ? "stranger" : how.substr(8, 1);
  if (how.find("nonce") == std::string::npos) return signed_token(header, claims, key);
  nlohmann::json hashed = header;
  hashed["nonce"] = base::base64url_encode(base::sha256(header["nonce"].get<std::string>()));
  const std::string other = signed_token(hashed, claims, key);
  return base::base64url_encode(header.dump()) + other.substr(other.find('.'));
}

Explanation explained(const ReportedToken& reported) {
  std::vector<deployed::DeployedFile> files;
  for (const std::string& file : reported.files)
    files.push_back({file, read(reported.folder, file)});
  const auto deployed = deployed::read_deployed(files, {}, reported.declared);
  REQUIRE(deployed);
  REQUIRE(deployed->validators.size() == 1);
  const model::ValidatorSettings& settings = deployed->validators.front().settings;
  const auto validator = validators::Validator::compile(settings);
  REQUIRE(validator);
  const std::string token = token_of(reported.folder, reported.token);
  Explanation explanation =
      explain_token(replaced(reported.pasted, "TOKEN", token),
                    {base::from_unix_seconds(kNow), std::nullopt, reported.redact});
  const KnownAuthority authority = authority_of(reported.folder, **validator);
  const ExplainedValidator asked{"orders-api", settings, *validator, &authority,
                                 elsewhere_of(reported.folder, explanation, authority)};
  explanation.results.push_back(explain_validator(asked, explanation));
  return explanation;
}

void check_expected(const Explanation& explanation, const nlohmann::json& expected) {
  const std::string text = explanation_text(explanation, false);
  INFO(text);
  REQUIRE(explanation.results.size() == 1);
  const ValidatorExplanation& result = explanation.results.front();
  const bool accepted = expected["verdict"] == "accepted";
  CHECK(result.accepted == accepted);
  if (expected.contains("status")) CHECK(result.status == expected["status"].get<int>());
  if (expected.contains("error")) {
    const std::string error = expected["error"];
    CHECK((result.error_id == error || result.error_message.find(error) != std::string::npos));
  }
  if (expected.contains("kind"))
    CHECK(checks::to_text(explanation.form.kind) == expected["kind"].get<std::string>());
  const auto logged =
      std::find_if(result.checks.begin(), result.checks.end(),
                   [](const CheckLine& line) { return line.outcome == CheckOutcome::kRefused; });
  const bool fails = logged != result.checks.end();
  CHECK(fails == !expected["first_failing_check"].is_null());
  if (fails && !expected["first_failing_check"].is_null()) {
    CHECK(to_text(logged->name) == expected["first_failing_check"].get<std::string>());
    CHECK(logged->logged);
  }
  for (const char* must : {"message_contains", "advice_must_say"}) {
    for (const std::string pattern : expected[must]) {
      INFO("has to say " << pattern);
      CHECK(says(text, pattern));
    }
  }
  for (const std::string pattern : expected["never_say"]) {
    INFO("must not say " << pattern);
    CHECK_FALSE(says(text, pattern));
  }
}

}  // namespace idpwatch::explain::test
