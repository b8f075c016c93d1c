#include "model/field_text.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <set>

using namespace idpwatch::model;

TEST_CASE("Fields that are split otherwise make another text", "[model]") {
  CHECK(FieldText().add("ab").add("c").take() != FieldText().add("a").add("bc").take());
  CHECK(FieldText().add("a").take() != FieldText().add("a").add("").take());
  CHECK(FieldText().maybe(std::nullopt).take() != FieldText().maybe("").take());
}

TEST_CASE("Each setting that keys and caches depend on changes the digest, the audience does not",
          "[model]") {
  const std::vector<std::function<void(ValidatorSettings&)>> changes{
      [](auto& s) { s.profile = "p"; },
      [](auto& s) { s.version = "1.0.0"; },
      [](auto& s) { s.version_origin = {"app.deps.json", 1, "x"}; },
      [](auto& s) { s.variant = "blocking"; },
      [](auto& s) { s.binding = Binding::kFrameworkBinder; },
      [](auto& s) { s.start_fault = StartFault{"no", {}}; },
      [](auto& s) { s.options_fault = StartFault{"no", {}}; },
      [](auto& s) { s.authority = TextSetting("https://a.example"); },
      [](auto& s) { s.authority = TextSetting("https://a.example", {"appsettings.json", 2, "x"}); },
      [](auto& s) { s.jwks_url = TextSetting("https://a.example"); },
      [](auto& s) { s.issuers = ListSetting({"a"}); },
      [](auto& s) { s.issuers = ListSetting({"a", "b"}); },
      [](auto& s) { s.clock_skew = DurationSetting(idpwatch::base::seconds(1)); },
      [](auto& s) { s.refresh_on_unknown_kid = FlagSetting(false); },
      [](auto& s) { s.refresh_on_unknown_kid = FlagSetting(true); },
  };
  std::set<std::string> seen{digest_but_audience({})};
  for (const auto& change : changes) {
    ValidatorSettings settings;
    change(settings);
    CHECK(seen.insert(digest_but_audience(settings)).second);
  }
  ValidatorSettings settings;
  settings.audiences = ListSetting({"api"});
  settings.client_id = TextSetting("id");
  CHECK(digest_but_audience(settings) == digest_but_audience({}));
}
