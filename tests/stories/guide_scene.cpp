#include "tests/stories/guide_scene.hpp"

#include "base/url.hpp"
#include "model/jwk.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace idpwatch::test {

namespace {

using Json = nlohmann::json;

class Served final : public validators::World {
 public:
  explicit Served(const std::map<std::string, validators::Served>& urls) : urls_(urls) {}
  [[nodiscard]] const validators::Served& fetch(std::string_view url,
                                                base::Instant) const override {
    static const validators::Served nothing{validators::Fault::kNone, 404, {}, {}, {}, {}, {}, {}};
    const auto found = urls_.find(std::string(url));
    return found == urls_.end() ? nothing : found->second;
  }

 private:
  const std::map<std::string, validators::Served>& urls_;
};

validators::Served body(const std::string& text) {
  validators::Served served;
  served.body = std::make_shared<const std::string>(text);
  return served;
}

}  // namespace

std::string scene_key(const std::string& kid, bool other) {
  Json key{{"kty", "EC"},
           {"crv", "P-256"},
           {"use", "sig"},
           {"x", other ? "Fun3jPXt2K-FnS2V6bXZKyAurfCF6Gm9Y6mVaeYMV6I"
                       : "MmT3m6QJe8QUmQeazhwicR13nXVK0UZkr5IubmiGH-A"},
           {"y", other ? "RLMhR-g_6DKFTl009_L3NHuNim2xzSFahVNPRLFo1jw"
                       : "t4TGVRZ7FTY6NjFxnBWTelBFxBLYvGauJYUIUD6SxjQ"}};
  if (!kid.empty()) key["kid"] = kid;
  return key.dump();
}

Scene::Scene(const std::string& version) : at(*base::parse_rfc3339("2026-01-01T12:00:00Z")) {
  const std::size_t split = version.find('@');
  settings.profile = split == std::string::npos ? "aspnetcore-jwtbearer" : version.substr(0, split);
  settings.version = split == std::string::npos ? version : version.substr(split + 1);
  settings.authority = model::TextSetting(kIssuer);
  settings.audiences = model::ListSetting({"api://orders"});
  serve_document(Json{{"issuer", kIssuer}, {"jwks_uri", std::string(kIssuer) + "/jwks"}}.dump());
  serve_keys({scene_key("k1")});
  token.alg = "ES256";
  token.typ = settings.profile == "openiddict-validation" ? "at+jwt" : "JWT";
  token.issuer = kIssuer;
  token.audiences = {"api://orders"};
  token.not_before = base::to_unix_seconds(at) - 60;
  token.expires = base::to_unix_seconds(at) + 3600;
  sign_by(scene_key("k1"));
}

void Scene::serve_document(const std::string& json) {
  serve(base::discovery_url(settings.authority.value()), body(json));
}

void Scene::serve_keys(const std::vector<std::string>& jwks) {
  Json set{{"keys", Json::array()}};
  for (const std::string& jwk : jwks) set["keys"].push_back(Json::parse(jwk));
  serve(std::string(kIssuer) + "/jwks", body(set.dump()));
}

void Scene::serve(const std::string& url, validators::Served served) {
  served_[url] = std::move(served);
}

void Scene::sign_by(const std::string& jwk) {
  const model::Jwk key = model::parse_jwk(Json::parse(jwk));
  token.kid = key.kid;
  token.parts.signed_by = key.thumbprint;
}

validators::Answer Scene::request(base::Duration after) {
  if (!service_) {
    auto validator = validators::Validator::compile(settings);
    if (!validator) FAIL(validator.error().text());
    service_.emplace(*validator);
  }
  const base::Instant now = at + after;
  return service_->request(
      Served(served_),
      {now, now + clock_off,
       validators::Credentials::synthetic(std::make_shared<validators::TokenView>(token))});
}

std::string Scene::answer() const {
  Scene fresh = *this;
  fresh.restart();
  return text_of(fresh.request());
}

std::string text_of(const validators::Answer& answer) {
  return std::to_string(answer.status) + (answer.error.empty() ? "" : " " + answer.error);
}

}  // namespace idpwatch::test
