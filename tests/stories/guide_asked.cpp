#include "tests/stories/guide_asked.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::test {

std::string other_key() { return scene_key("k2", true); }

void unknown_kid(Scene& scene) { scene.sign_by(other_key()); }
void expire(Scene& scene) {
  scene.token.expires = base::to_unix_seconds(scene.at) - 3600;
  scene.token.not_before = *scene.token.expires - 3600;
}
void unreachable(Scene& scene) {
  validators::Served nothing;
  nothing.fault = validators::Fault::kRefused;
  scene.serve(std::string(kIssuer) + "/.well-known/openid-configuration", nothing);
}
Spoil document(const std::string& text) {
  return [text](Scene& scene) { scene.serve_document(text); };
}

std::string asked(const std::string& version, const Spoil& spoil, const std::string& variant) {
  Scene scene(version);
  scene.settings.variant = variant;
  spoil(scene);
  return scene.answer();
}

std::string after_swap(const std::string& version, const std::vector<double>& minutes,
                       const Spoil& before, const std::string& variant) {
  Scene scene(version);
  scene.settings.variant = variant;
  scene.token.expires = base::to_unix_seconds(scene.at) + 400'000;
  REQUIRE(scene.request().accepted());
  if (before) before(scene);
  scene.serve_keys({other_key()});
  unknown_kid(scene);
  std::string statuses;
  for (const double minute : minutes) {
    const auto after = base::milliseconds(static_cast<std::int64_t>(minute * 60'000));
    statuses += std::to_string(scene.request(after).status) + " ";
  }
  statuses.pop_back();
  return statuses;
}

}  // namespace idpwatch::test
