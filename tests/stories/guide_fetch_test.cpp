// What docs/dotnet-401.md says of a version, asked of the simulated library: what is fetched, and
// other libraries. Codes in tables are read from the page, so that neither can change without the
// other.
#include "base/text.hpp"
#include "tests/stories/guide_asked.hpp"
#include "tests/stories/guide_page.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using test::asked;
using test::codes_in;
using test::document;
using test::expire;
using test::GuidePage;
using test::Scene;
using test::Spoil;
using test::text_of;
using test::Texts;
using test::unknown_kid;
using test::unreachable;

TEST_CASE("a first fetch that fails, as the guide says", "[guide]") {
  const GuidePage page;
  const auto answer_of = [&](const std::string& first_cell) {
    const std::string cell = page.row(first_cell, "6.1")[0];  // "**401** IDX10204"
    const Texts codes = codes_in(cell);
    return cell.substr(2, 3) + " " + (codes.empty() ? "IDX20803" : codes[0]);
  };
  for (const char* version : {"5.7.2", "6.9.0"}) {
    CHECK(asked(version, unreachable) == answer_of("up to .NET 7, IM up to 6.9"));
  }
  for (const char* version : {"6.10.0", "6.28.0"}) {
    CHECK(asked(version, unreachable) == answer_of("up to .NET 7, IM 6.10 to 6.28"));
  }
  CHECK(asked("6.35.0", unreachable) == answer_of("up to .NET 7, IM 6.29 on"));
  CHECK(asked("7.5.0", unreachable, "host7") == "500 IDX20803");
  CHECK(asked("8.23.0", unreachable, "host7") == "500 IDX20803");
  for (const char* version : {"7.1.2", "8.0.1"}) {
    CHECK(asked(version, unreachable) == answer_of(".NET 8+, IM 7.x, 8.0.0, 8.0.1, or blocking"));
  }
  for (const char* version : {"8.0.2", "8.23.0"}) {
    CHECK(asked(version, unreachable) == answer_of(".NET 8+, IM 8.0.2 on"));
    const Spoil no_kid = [](Scene& s) { unreachable(s), s.token.kid.reset(); };
    CHECK(asked(version, no_kid) == "401 IDX10500");
    const Spoil listed = [](Scene& s) {
      unreachable(s);
      s.settings.issuers = model::ListSetting({test::kIssuer});
    };
    CHECK(asked(version, listed) == "401 IDX10500");
    const Spoil expired = [](Scene& s) { unreachable(s), expire(s); };
    CHECK(asked(version, expired) == "401 IDX10223");
  }
  // When it tries again: 30 s, 5 min, each request.
  const auto well_after = [](const std::string& version, int seconds) {
    Scene scene(version);
    unreachable(scene);
    scene.request();
    scene.serve_document(
        R"({"issuer":"https://id.example.com","jwks_uri":"https://id.example.com/jwks"})");
    return scene.request(base::seconds(seconds)).accepted();
  };
  CHECK_FALSE(well_after("6.9.0", 29));
  CHECK(well_after("6.9.0", 31));
  CHECK_FALSE(well_after("6.10.0", 299));
  CHECK(well_after("6.10.0", 301));
  CHECK(well_after("8.23.0", 0));
}

TEST_CASE("documents that cannot be read, as the guide says", "[guide]") {
  const GuidePage page;
  const std::string members =
      R"("issuer":"https://id.example.com","jwks_uri":"https://id.example.com/jwks")";
  struct Row {
    const char* first_cell;
    std::string text;
  };
  for (const Row& row :
       {Row{"no JSON (a login page, a cut answer)", "<html>"}, Row{"JSON, but no object", "[]"},
        Row{"a member of the wrong type",
            R"({"issuer":5,"jwks_uri":"https://id.example.com/jwks"})"},
        Row{"comments, single quotes", "{/* c */" + members + "}"},
        Row{"more than 10 MiB (s) (recorded: 12 MiB)",
            "{" + members + R"(,"p":")" + std::string(11U << 20, 'x') + "\"}"}}) {
    CAPTURE(row.first_cell);
    const Texts cells = page.row(row.first_cell);
    const Spoil spoil = document(row.text);
    for (const char* version : {"5.7.2", "6.10.0", "6.35.0"}) {
      const bool fetched = codes_in(cells[0]).empty();
      CHECK((asked(version, spoil) != "500 IDX20803") == fetched);
    }
    CHECK(asked("7.5.0", spoil, "host7") == "500 IDX20803");
    CHECK(asked("8.23.0", spoil) == "401 IDX10204");
    Scene scene("7.5.0");
    scene.settings.variant = "host7";
    spoil(scene);
    CHECK_THAT(scene.request().message, Catch::Matchers::Contains(codes_in(cells[1]).at(0)));
  }
  const Spoil empty = document("{}");
  const Texts cells = page.row("an empty object `{}`");
  CHECK(codes_in(cells[0]) == Texts{"IDX10501", "IDX10516", "IDX10205"});
  CHECK(asked("6.9.0", empty) == "401 IDX10501");
  CHECK(asked("6.27.0", empty) == "401 IDX10516");
  CHECK(asked("6.35.0", empty) == "401 IDX10205");
  CHECK(codes_in(cells[1]) == Texts{"IDX10205", "IDX10204"});
  CHECK(asked("7.5.0", empty, "host7") == "401 IDX10205");
  CHECK(asked("8.23.0", empty) == "401 IDX10204");
  // http in the document alone, and the authority itself.
  const Spoil http =
      document(R"({"issuer":"https://id.example.com","jwks_uri":"http://id.example.com/jwks"})");
  CHECK(asked("6.35.0", http) == "500 IDX20803");
  CHECK(asked("8.23.0", http) == "401 IDX10204");
  const Spoil authority = [](Scene& s) {
    s.settings.authority = model::TextSetting("http://id.example.com");
  };
  for (const char* version : {"5.7.2", "6.10.0", "8.0.1", "8.23.0"}) {
    CHECK(asked(version, authority).starts_with("500"));
  }
}

TEST_CASE("a later outage, a changed issuer, other intervals, as the guide says", "[guide]") {
  for (const char* version : {"6.9.0", "6.35.0", "8.0.1", "8.23.0"}) {
    CAPTURE(version);
    Scene scene(version);
    scene.token.expires = base::to_unix_seconds(scene.at) + 400'000;
    scene.request();
    unreachable(scene);
    for (const int hour : {13, 26, 72}) CHECK(scene.request(base::hours(hour)).accepted());
  }
  const auto changed = [](const std::string& version) {
    Scene scene(version);
    scene.token.expires = base::to_unix_seconds(scene.at) + 400'000;
    scene.request();
    scene.serve_document(
        R"({"issuer":"https://new.example.com","jwks_uri":"https://id.example.com/jwks"})");
    scene.token.issuer = "https://new.example.com";
    const std::string first = text_of(scene.request(base::minutes(6)));
    return first + ", " + std::to_string(scene.request(base::minutes(7)).status);
  };
  CHECK(changed("6.35.0") == "401 IDX10205, 401");
  CHECK(changed("8.0.1") == "200, 200");
  CHECK(changed("8.23.0") == "401 IDX10205, 200");
  const Spoil below = [](Scene& s) {
    s.settings.min_refresh = model::DurationSetting(base::milliseconds(500));
  };
  const Spoil often = [](Scene& s) {
    s.settings.automatic_refresh = model::DurationSetting(base::minutes(4));
  };
  CHECK(asked("6.10.0", below) == "500 IDX20106");
  CHECK(asked("6.10.0", often) == "500 IDX20107");
  CHECK(asked("6.33.0", below) == "500 IDX10107");
  CHECK(asked("8.23.0", often) == "500 IDX10108");
}

TEST_CASE("OpenIddict, as the guide says", "[guide]") {
  const std::string version = "openiddict-validation@7.8.0";
  const auto is = [&](const Spoil& spoil) { return asked(version, spoil); };
  CHECK(is([](Scene&) {}) == "200");
  CHECK(is(unknown_kid) == "401 ID2090");
  CHECK(is([](Scene& s) { s.sign_by(test::scene_key("k1", true)); }) == "401 ID2091");
  CHECK(is([](Scene& s) { s.token.issuer = "https://other.example.com"; }) == "401 ID2088");
  CHECK(is([](Scene& s) { s.token.issuer = "https://id.example.com/"; }) == "200");
  CHECK(is([](Scene& s) { s.token.typ = "JWT"; }) == "401 ID2089");
  CHECK(is([](Scene& s) { s.token.audiences = {}; }) == "401 ID2093");
  CHECK(is([](Scene& s) { s.token.audiences = {"api://orders/"}; }) == "401 ID2094");
  CHECK(is([](Scene& s) { s.token.expires.reset(); }) == "200");
  const auto left = [](int seconds, base::Duration off) {
    return [=](Scene& s) {
      s.clock_off = off;
      s.token.expires = base::to_unix_seconds(s.at) + seconds;
      s.token.not_before = base::to_unix_seconds(s.at);
    };
  };
  CHECK(is(left(359, base::minutes(6))) == "401 ID2019");
  CHECK(is(left(361, base::minutes(6))) == "200");
  CHECK(is(left(3600, -base::minutes(6))) == "200");  // nbf is not looked at
  CHECK(is(unreachable) == "500 ID2170");
  const auto why = [&](const Spoil& spoil) {
    Scene scene(version);
    spoil(scene);
    const auto answer = scene.request();
    CHECK(text_of(answer) == "500 ID2170");
    return answer.because;
  };
  const auto holds = [](const std::string& text) { return Catch::Matchers::Contains(text); };
  CHECK_THAT(why(document(
                 R"({"issuer":"https://o.example.com","jwks_uri":"https://id.example.com/jwks"})")),
             holds("ID2098"));
  const auto beside = [](const std::string& jwk) {
    return [jwk](Scene& s) { s.serve_keys({test::scene_key("k1"), jwk}); };
  };
  CHECK_THAT(why(beside(R"({"kty":"OKP","kid":"o","crv":"Ed25519","x":"AA"})")), holds("ID2103"));
  CHECK_THAT(why(beside(R"({"kty":"RSA","kid":"o"})")), holds("ID2104"));
  CHECK_THAT(why(beside("null")), holds("ID2107"));
}

TEST_CASE("Microsoft.Identity.Web, as the guide says", "[guide]") {
  const std::string tenant = "11111111-2222-3333-4444-555555555555";
  const std::string v1 = "https://sts.windows.net/" + tenant + "/";
  const std::string v2 = "https://login.microsoftonline.com/" + tenant + "/v2.0";
  const auto web = [&](const Spoil& spoil) {
    std::string answer;
    for (const char* version : {"4.15.0", "4.18.0"}) {
      Scene scene(std::string("microsoft-identity-web@") + version);
      model::ValidatorSettings& settings = scene.settings;
      settings.authority = {}, settings.audiences = {};
      settings.instance = model::TextSetting("https://login.microsoftonline.com/");
      settings.tenant_id = model::TextSetting(tenant);
      settings.client_id = model::TextSetting("app");
      for (const auto& [path, issuer] :
           {std::pair<std::string, std::string>{"", v1}, {"/v2.0", v2}}) {
        validators::Served served;
        served.body = std::make_shared<const std::string>(
            R"({"issuer":")" + issuer + R"(","jwks_uri":"https://id.example.com/jwks"})");
        scene.serve("https://login.microsoftonline.com/" + tenant + path +
                        "/.well-known/openid-configuration",
                    served);
      }
      scene.token.issuer = v2, scene.token.version = "2.0", scene.token.tenant_id = tenant;
      scene.token.audiences = {"app"};
      spoil(scene);
      const std::string one = scene.answer();
      CHECK((answer.empty() || answer == one));
      answer = one;
    }
    return answer;
  };
  CHECK(web([](Scene&) {}) == "200");
  CHECK(web([&](Scene& s) {
          s.token.issuer = v1, s.token.version = "1.0", s.token.audiences = {"api://app"};
        }) == "200");
  CHECK(web([](Scene& s) {
          s.token.tenant_id = "11111111-2222-3333-4444-555555555556";
          s.token.issuer = "https://login.microsoftonline.com/" + *s.token.tenant_id + "/v2.0";
        }) == "401 IDX40001");
  CHECK(web([](Scene& s) { s.token.tenant_id.reset(), s.token.issuer = "https://o"; }) ==
        "401 IDX40003");
  CHECK(web([](Scene& s) { s.token.has_scope_or_role = false; }) == "401 IDW10201");
  CHECK(web([](Scene& s) { s.token.version.reset(); }) == "401 IDX10208");
  CHECK(web([](Scene& s) {
          s.settings.tenant_id = model::TextSetting("22222222-2222-3333-4444-555555555555");
        }) == "401 IDX40001");
}
