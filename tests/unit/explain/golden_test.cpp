// The whole text and the whole document of one explanation, by the letter: who changes either sees
// what changes for others.
#include "base/file.hpp"
#include "explain/check_by_check.hpp"
#include "explain/explain_token.hpp"
#include "explain/explanation_json.hpp"
#include "explain/explanation_text.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace idpwatch;
using namespace idpwatch::explain;

namespace {

std::string read(const std::string& path) {
  const auto bytes = base::read_file(std::string(IDPWATCH_TEST_DATA) + "/" + path);
  INFO(path);
  REQUIRE(bytes);
  return *bytes;
}

Explanation explained() {
  model::ValidatorSettings settings;
  settings.profile = "aspnetcore-jwtbearer";
  settings.version = "8.0.1";
  settings.authority = model::TextSetting("https://sso.example.com/realms/shop",
                                          {"appsettings.json", 3, "Jwt:Authority"});
  settings.audiences = model::ListSetting({"orders-api"}, {"appsettings.json", 4, "Jwt:Audience"});
  const auto validator = validators::Validator::compile(settings);
  REQUIRE(validator);
  KnownAuthority authority;
  authority.name = authority.issuer = settings.authority.value();
  authority.metadata_url = (*validator)->addresses().metadata;
  authority.jwks_url = "https://sso.example.com/jwks";
  authority.metadata = std::make_shared<const std::string>(
      nlohmann::json{{"issuer", authority.issuer}, {"jwks_uri", authority.jwks_url}}.dump());
  authority.jwks = std::make_shared<const std::string>(read("token-guide/keys.json"));
  authority.keys = keys_in(authority.jwks);
  Explanation explanation =
      explain_token(read("token-guide/account.txt"),
                    {base::from_unix_seconds(1'796'040'000), std::nullopt, true});
  explanation.results.push_back(explain_validator(
      {"orders-api", settings, *validator, &authority, std::nullopt}, explanation));
  return explanation;
}

}  // namespace

TEST_CASE("the text of an explanation, by the letter", "[golden]") {
  CHECK(explanation_text(explained(), true) == read("golden/explain.txt"));
}

TEST_CASE("the document of an explanation, by the letter", "[golden]") {
  CHECK(explanation_json(explained()).dump(2) + "\n" == read("golden/explain.json"));
}

TEST_CASE("a token that was cut with dots is damaged, not encrypted", "[form]") {
  const auto form =
      checks::read_token_form(checks::read_pasted_token(read("token-guide/cut.txt")).token);
  CHECK(form.kind == checks::TokenKind::kDamaged);
}

TEST_CASE("every check of a validator is in its order, also behind the one that refuses",
          "[order]") {
  std::vector<std::string> names;
  const Explanation whole = explained();
  for (const CheckLine& line : whole.results.front().checks) names.emplace_back(to_text(line.name));
  CHECK(names == std::vector<std::string>{"form", "key", "signature", "algorithm", "lifetime",
                                          "audience", "issuer"});
}
