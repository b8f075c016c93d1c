// What docs/dotnet-401.md says of a version, asked of the simulated library: keys, tokens and the
// challenge. Codes in tables are read from the page, so that neither can change without the other.
#include "base/file.hpp"
#include "base/text.hpp"
#include "tests/stories/guide_asked.hpp"
#include "tests/stories/guide_page.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using test::after_swap;
using test::asked;
using test::codes_in;
using test::document;
using test::expire;
using test::GuidePage;
using test::other_key;
using test::Scene;
using test::Spoil;
using test::text_of;
using test::Texts;
using test::unknown_kid;
using test::unreachable;

TEST_CASE("the guide's codes for a key that is not found are those of the versions", "[guide]") {
  const GuidePage page;
  // The columns of section 2.1.
  const std::vector<Texts> columns{{"5.7.2", "6.8.0", "6.9.0"},
                                   {"6.10.0", "6.15.1", "6.27.0"},
                                   {"6.28.0", "6.35.0", "7.0.3", "7.1.2"},
                                   {"7.2.0", "7.7.3", "8.0.1", "8.16.0", "8.23.0"}};
  const std::vector<std::pair<std::string, std::vector<Spoil>>> rows{
      {"unknown `kid`, the token is good otherwise", {unknown_kid}},
      {"unknown `kid`, and expired or of another issuer",
       {[](Scene& s) { unknown_kid(s), expire(s); },
        [](Scene& s) { unknown_kid(s), s.token.issuer = "https://other.example.com"; }}},
      {"unknown `kid`, and wrong audience",
       {[](Scene& s) { unknown_kid(s), s.token.audiences = {"other"}; }}},
      {"no `kid` in the token, no key fits",
       {[](Scene& s) { s.sign_by(test::scene_key("", true)); }}},
      {"unknown `kid`, no keys", {[](Scene& s) { unknown_kid(s), s.serve_keys({}); }}}};
  for (const auto& [first_cell, spoils] : rows) {
    const Texts cells = page.row(first_cell);
    REQUIRE(cells.size() == columns.size());
    for (std::size_t column = 0; column < columns.size(); ++column) {
      const Texts codes = codes_in(cells[column]);
      for (std::size_t i = 0; i < spoils.size(); ++i) {
        for (const std::string& version : columns[column]) {
          CAPTURE(first_cell, version);
          CHECK(asked(version, spoils[i]) == "401 " + codes.at(std::min(i, codes.size() - 1)));
        }
      }
    }
  }
}

TEST_CASE("whom a swap of keys refuses, as the guide says", "[guide]") {
  // Within 30 s of the last fetch, and after; within 5 min, and after.
  CHECK(after_swap("6.9.0", {0.2, 0.3, 0.6, 0.7}) == "401 401 401 200");
  CHECK(after_swap("6.9.0", {0.6, 0.7}) == "401 200");
  for (const char* version : {"6.10.0", "6.12.0"}) {
    CHECK(after_swap(version, {0.6, 0.7, 4.9, 5.1, 5.2}) == "401 401 401 401 200");
  }
  for (const char* version : {"6.12.1", "6.15.1", "6.35.0"}) {
    CHECK(after_swap(version, {0.2, 0.3}) == "401 200");  // the first one is free
  }
  for (const char* version : {"7.0.3", "7.7.3", "8.0.1"}) {
    CHECK(after_swap(version, {0.2, 0.3}) == "200 200");  // fetched within the request
  }
  for (const char* version : {"8.0.2", "8.16.0", "8.23.0"}) {
    CHECK(after_swap(version, {0.2, 0.3}) == "401 200");
  }
  CHECK(after_swap("8.16.0", {0.2, 0.3}, {}, "blocking") == "200 200");
  CHECK(after_swap("openiddict-validation@7.8.0", {6, 6.1}) == "401 200");
}

TEST_CASE("what spends the forced refresh, as the guide says", "[guide]") {
  const auto stray = [](const Spoil& spoil) {
    return [spoil](Scene& scene) {
      const validators::TokenView good = scene.token;
      spoil(scene);
      scene.request(base::minutes(6));
      scene.request(base::minutes(6) + base::seconds(1));
      scene.token = good;
    };
  };
  const std::vector<double> minutes{7, 7.1, 10.9, 11.2, 11.3};
  const Spoil other_issuer = [](Scene& s) { s.token.issuer = "https://other.example.com"; };
  const Spoil bad_signature = [](Scene& s) { s.sign_by(test::scene_key("k1", true)); };
  const Spoil other_audience = [](Scene& s) { s.token.audiences = {"other"}; };
  const Spoil unknown = [](Scene& s) { s.sign_by(test::scene_key("stray", true)); };
  for (const char* version : {"7.1.2", "8.0.1"}) {
    CAPTURE(version);
    for (const Spoil& spends : {unknown, other_issuer, bad_signature}) {
      CHECK(after_swap(version, minutes, stray(spends)) == "401 401 401 200 200");
    }
    for (const Spoil& keeps : {Spoil(expire), other_audience}) {
      CHECK(after_swap(version, minutes, stray(keeps)) == "200 200 200 200 200");
    }
  }
  CHECK(after_swap("8.23.0", minutes, stray(unknown)) == "401 401 401 401 200");
  CHECK(after_swap("8.23.0", minutes, stray(other_audience)) == "401 200 200 200 200");
  // Up to .NET 7 nothing but an unknown kid does.
  CHECK(after_swap("6.15.1", minutes, stray(unknown)) == "401 401 401 401 200");
  for (const Spoil& keeps : {other_issuer, bad_signature, other_audience}) {
    CHECK(after_swap("6.15.1", minutes, stray(keeps)) == "401 200 200 200 200");
  }
  // A refresh that failed: spent where refreshes run in the background, free where they do not.
  const Spoil outage = [](Scene& s) {
    const std::string good =
        R"({"issuer":"https://id.example.com","jwks_uri":"https://id.example.com/jwks"})";
    unreachable(s), unknown_kid(s);
    s.request(base::minutes(6)), s.request(base::minutes(6) + base::seconds(1));
    s.serve_document(good);
  };
  CHECK(after_swap("6.35.0", {7, 7.1}, outage) == "200 200");
  CHECK(after_swap("8.0.1", {7, 7.1}, outage) == "200 200");
  for (const char* version : {"8.0.2", "8.16.0", "8.23.0"}) {
    CHECK(after_swap(version, minutes, outage) == "401 401 401 401 200");
  }
}

TEST_CASE("how long a service goes on with what it holds, as the guide says", "[guide]") {
  const std::vector<double> hours{0.2 * 60,  11.9 * 60, 12.7 * 60, 12.8 * 60,
                                  23.9 * 60, 24.1 * 60, 24.2 * 60};
  const Spoil no_refresh = [](Scene& s) {
    s.settings.refresh_on_unknown_kid = model::FlagSetting(false);
    s.restart(), s.request();
  };
  CHECK(after_swap("6.9.0", hours, no_refresh) == "401 401 401 401 401 200 200");
  CHECK(after_swap("6.15.1", hours, no_refresh) == "401 401 200 200 200 200 200");
  CHECK(after_swap("7.1.2", hours, no_refresh) == "200 200 200 200 200 200 200");
  CHECK(after_swap("8.23.0", hours, no_refresh) == "401 200 200 200 200 200 200");
  // New material under the old kid: no refresh up to .NET 7 and in OpenIddict.
  const auto same_kid = [&](const std::string& version) {
    Scene scene(version);
    scene.token.expires = base::to_unix_seconds(scene.at) + 400'000;
    REQUIRE(scene.request().accepted());
    scene.serve_keys({test::scene_key("k1", true)});
    scene.sign_by(test::scene_key("k1", true));
    std::string answers = text_of(scene.request(base::minutes(6)));
    for (const int minute : {7, 12 * 60 + 50, 12 * 60 + 51}) {
      answers += ", " + std::to_string(scene.request(base::minutes(minute)).status);
    }
    return answers;
  };
  CHECK(same_kid("6.9.0") == "401 IDX10511, 401, 401, 401");
  CHECK(same_kid("6.15.1") == "401 IDX10511, 401, 200, 200");
  CHECK(same_kid("8.0.1") == "200, 200, 200, 200");
  CHECK(same_kid("8.23.0") == "401 IDX10511, 200, 200, 200");
  CHECK(same_kid("openiddict-validation@7.8.0") == "401 ID2091, 401, 401, 200");
  // A withdrawn key: last-known-good for an hour from .NET 8 on.
  const auto withdrawn = [&](const std::string& version) {
    Scene scene(version);
    scene.token.expires = base::to_unix_seconds(scene.at) + 400'000;
    REQUIRE(scene.request().accepted());
    scene.serve_keys({other_key()});
    std::string statuses;
    for (const int minute : {710, 760, 765, 830}) {
      statuses += std::to_string(scene.request(base::minutes(minute)).status) + " ";
    }
    return statuses;
  };
  CHECK(withdrawn("6.15.1") == "200 401 401 401 ");
  CHECK(withdrawn("8.0.1") == "200 200 200 401 ");
  // An idle process where the regular refresh runs in the background; a clock far ahead at start.
  const Spoil published = [](Scene& s) { s.serve_keys({test::scene_key("k1"), other_key()}); };
  CHECK(after_swap("8.0.1", {24 * 60, 24 * 60 + 1}, published) == "200 200");
  CHECK(after_swap("8.23.0", {24 * 60, 24 * 60 + 1}, published) == "401 200");
  const Spoil ahead = [](Scene& s) {
    s.token.expires = base::to_unix_seconds(s.at) + 900'000;
    s.clock_off = base::hours(48);
    s.restart(), s.request();
    s.clock_off = base::Duration(0);
  };
  CHECK(after_swap("6.12.0", {6, 30 * 60, 49 * 60}, ahead) == "401 401 401");
  CHECK(after_swap("6.12.1", {6, 7}, ahead) == "401 200");
}

TEST_CASE("no keys, and keys that cannot be used, as the guide says", "[guide]") {
  const Spoil no_authority = [](Scene& s) {
    s.settings.authority = {};
    s.settings.issuers = model::ListSetting({test::kIssuer});
  };
  CHECK(asked("6.27.0", no_authority) == "401 IDX10501");
  CHECK(asked("8.23.0", no_authority) == "401 IDX10500");
  const Spoil nothing = [](Scene& s) { s.settings.authority = {}, s.settings.audiences = {}; };
  CHECK(asked("6.9.0", nothing) == "401 IDX10501");
  CHECK(asked("6.15.1", nothing) == "401 IDX10516");
  CHECK(asked("6.35.0", nothing) == "401 IDX10204");
  CHECK(asked("8.23.0", nothing) == "401 IDX10204");
  const Spoil no_jwks = document(R"({"issuer":"https://id.example.com"})");
  CHECK(asked("8.23.0", no_jwks) == "401 IDX10500");
  const Spoil one_key = [](Scene& s) {
    s.token.kid.reset();
    s.settings.try_all_keys = model::FlagSetting(false);
  };
  CHECK(asked("6.8.0", one_key) == "401 IDX10500");
  CHECK(asked("8.23.0", one_key) == "401 IDX10500");
  const Spoil unknown_type = [](Scene& s) { s.serve_keys({R"({"kty":"ZZ","kid":"k1"})"}); };
  CHECK(asked("6.27.0", unknown_type) == "401 IDX10501");
  CHECK(asked("8.23.0", unknown_type) == "401 IDX10500");
  const Spoil ml_dsa = [](Scene& s) {
    s.serve_keys({R"({"kty":"AKP","kid":"pq","alg":"ML-DSA-44","pub":"AAAA"})"});
  };
  CHECK(asked("8.19.2", ml_dsa) == "401 IDX10500");
  CHECK(asked("8.23.0", ml_dsa) == "401 IDX10503");
}

TEST_CASE("signature, certificate, issuer, audience and times, as the guide says", "[guide]") {
  struct Row {
    const char* version;
    Spoil spoil;
    const char* answer;
  };
  const std::string rsa =
      *base::read_file(std::string(IDPWATCH_TEST_DATA) + "/guide/expired-certificate.json");
  const Spoil certificate = [&](Scene& s) {
    s.serve_keys({rsa}), s.sign_by(rsa);
    s.token.alg = "RS256";
    s.settings.validate_signing_key = model::FlagSetting(true);
  };
  const Spoil certificate_unchecked = [&](Scene& s) {
    certificate(s);
    s.settings.validate_signing_key = {};
  };
  const Spoil algorithms = [](Scene& s) { s.settings.algorithms = model::ListSetting({"RS256"}); };
  const Spoil is_unsigned = [](Scene& s) { s.token.alg = "none", s.token.is_signed = false; };
  const Spoil slash = [](Scene& s) { s.token.audiences = {"api://orders/"}; };
  const Spoil slashes = [](Scene& s) { s.token.audiences = {"api://orders//"}; };
  const Spoil upper = [](Scene& s) { s.token.audiences = {"API://orders"}; };
  const Spoil no_issuer = [](Scene& s) { s.token.issuer.reset(); };
  const Spoil issuer_slash = [](Scene& s) { s.token.issuer = "https://id.example.com/"; };
  const Spoil wrong_valid_issuer = [](Scene& s) {
    s.settings.issuers = model::ListSetting({"https://other.example.com"});
  };
  const Spoil no_expiry = [](Scene& s) { s.token.expires.reset(); };
  const auto clock = [](base::Duration off, int nbf, int exp) {
    return [=](Scene& s) {
      s.clock_off = off;
      s.token.not_before = base::to_unix_seconds(s.at) + nbf;
      s.token.expires = base::to_unix_seconds(s.at) + exp;
    };
  };
  const base::Duration six = base::minutes(6);
  for (const char* version : {"5.7.2", "6.9.0", "6.10.0", "6.35.0", "7.1.2", "8.0.1", "8.23.0"}) {
    CAPTURE(version);
    const bool from_6 = version[0] != '5';
    for (const Row& row : {
             Row{"", certificate, "401 IDX10249"},
             Row{"", certificate_unchecked, "200"},
             Row{"", algorithms, from_6 ? "401 IDX10511" : "200"},
             Row{"", is_unsigned, "401 IDX10504"},
             Row{"", slash, from_6 ? "200" : "401 IDX10214"},
             Row{"", slashes, "401 IDX10214"},
             Row{"", upper, "401 IDX10214"},
             Row{"", no_issuer, "401 IDX10211"},
             Row{"", issuer_slash, "401 IDX10205"},
             Row{"", wrong_valid_issuer, "200"},
             Row{"", no_expiry, "401 IDX10225"},
             Row{"", clock(six, -3000, 59), "401 IDX10223"},
             Row{"", clock(six, -3000, 61), "200"},
             Row{"", clock(-six, -59, 3600), "401 IDX10222"},
             Row{"", clock(-six, -61, 3600), "200"},
         }) {
      CHECK(asked(version, row.spoil) == row.answer);
    }
  }
}

TEST_CASE("tokens and services without an audience, as the guide says", "[guide]") {
  const GuidePage page;
  const Spoil none_brought = [](Scene& s) { s.token.audiences = {}; };
  const Spoil none_configured = [](Scene& s) { s.settings.audiences = {}; };
  for (const auto& [first_cell, spoil] :
       {std::pair<std::string, Spoil>{"the token has none", none_brought},
        {"none configured, options set in code", none_configured}}) {
    const Texts cells = page.row(first_cell);
    CHECK(asked("5.7.2", spoil) == "401 " + codes_in(cells[0]).at(0));
    for (const char* version : {"6.8.0", "6.35.0", "8.0.1", "8.23.0"}) {
      CHECK(asked(version, spoil) == "401 " + codes_in(cells[1]).at(0));
    }
  }
  const Spoil schemes = [](Scene& s) {
    s.settings.binding = model::Binding::kFrameworkBinder;
    s.settings.audiences = model::ListSetting(std::vector<std::string>{});
  };
  const Texts cells = page.row("none configured, `Authentication:Schemes`");
  CHECK(asked("8.23.0", schemes) == "401 " + codes_in(cells[1]).at(0));
}

TEST_CASE("WWW-Authenticate, as the guide says", "[guide]") {
  const auto header = [](const std::string& version, const Spoil& spoil,
                         const std::string& variant = {}) {
    Scene scene(version);
    scene.settings.variant = variant;
    spoil(scene);
    return scene.request().challenge;
  };
  const auto holds = [](const std::string& text) { return Catch::Matchers::Contains(text); };
  const std::string bare = R"(Bearer error="invalid_token")";
  const GuidePage page;
  CHECK(codes_in(page.row("`The signature key was not found`")[0]) ==
        Texts{"IDX10500", "IDX10501", "IDX10503", "IDX10517"});
  const Spoil no_kid = [](Scene& s) { s.sign_by(test::scene_key("", true)); };
  for (const char* version : {"5.7.2", "6.27.0", "6.35.0", "8.23.0"}) {
    CHECK_THAT(header(version, unknown_kid), holds("The signature key was not found"));
  }
  CHECK_THAT(header("8.23.0", no_kid), holds("The signature key was not found"));
  CHECK_THAT(header("5.7.2", no_kid), holds("The signature is invalid"));
  CHECK_THAT(header("8.23.0", [](Scene& s) { s.sign_by(test::scene_key("k1", true)); }),
             holds("The signature is invalid"));
  const Spoil both = [](Scene& s) { unknown_kid(s), expire(s); };
  CHECK(header("6.10.0", both) == bare);  // IDX10516
  const Spoil other = [](Scene& s) { s.token.issuer = "https://other.example.com"; };
  CHECK_THAT(header("8.23.0", other), holds("The issuer 'https://other.example.com' is invalid"));
  const Spoil none = [](Scene& s) { s.token.issuer.reset(); };
  CHECK_THAT(header("8.23.0", none), holds("The issuer '' is invalid"));
  CHECK_THAT(header("6.35.0", none), holds("The issuer '(null)' is invalid"));
  CHECK_THAT(header("8.23.0", none, "legacy-handler"), holds("The issuer '(null)' is invalid"));
  const Spoil audience = [](Scene& s) { s.token.audiences = {"orders"}; };
  CHECK_THAT(header("8.0.1", audience), holds("The audience 'orders' is invalid"));
  CHECK_THAT(header("8.16.0", audience), holds("The audience '(null)' is invalid"));
  CHECK_THAT(header("8.16.0", [](Scene& s) { s.token.audiences = {}; }),
             holds("The audience 'empty' is invalid"));
  CHECK_THAT(header("8.16.0", expire), holds("The token expired at '"));
  CHECK_THAT(header("8.16.0", [](Scene& s) { s.token.expires.reset(); }),
             holds("The token has no expiration"));
  CHECK(header("8.16.0", [](Scene& s) {
          unknown_kid(s);
          s.settings.include_error_details = model::FlagSetting(false);
        }) == "Bearer");
}
