// Set-ups of real services, as people reported them in public, with the answer that is right: what
// a deployed file and the authority's documents say together.
#include "reported_setup.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace idpwatch::forecast {

using model::Certainty;
using model::Severity;
using nlohmann::json;

TEST_CASE("Up to JwtBearer 8.0.6 a check is on only when a value for it is listed", "[reported]") {
  const auto with = [](const std::string& release, json section, TokenFacts callers) {
    section["Authority"] = kHost;
    return told(
        {scheme(section), identity_model("7.1.2", {{kJwtBearer, release}}), kHost, {callers}});
  };
  for (const std::string release : {"8.0.0", "8.0.3", "8.0.6"}) {
    CAPTURE(release);
    CHECK(with(release, {{"Audience", "api://orders"}}, tokens({}, "api://orders")) == Lines{});
    // Whose keys sign them is not known: at most a warning.
    CHECK(with(release, {{"ValidAudience", "a"}}, tokens("https://other.example.com", "a")) ==
          Lines{"refusal-issuer IDX10503 warning"});
    CHECK(with(release, {{"ValidAudience", "a"}}, tokens("https://idp/", "a")) == Lines{});
  }
  for (const std::string release : {"8.0.7", "8.0.11"}) {
    CAPTURE(release);
    CHECK(with(release, {{"Audience", "api://orders"}}, tokens({}, "api://orders")) ==
          Lines{"refusal-audience IDX10214 critical"});
    CHECK(with(release, {{"ValidAudience", "a"}}, tokens("https://other.example.com", "a")) ==
          Lines{"refusal-issuer IDX10205 critical"});
  }
}

TEST_CASE("A watched issuer of tokens brings its keys; an unknown one invents none", "[reported]") {
  const json section = {{"Authority", kHost}, {"ValidAudience", "a"}};
  const json listed = {
      {"Authority", kHost}, {"ValidAudience", "a"}, {"ValidIssuer", "https://b.example.com"}};
  const Packages packages = identity_model("8.0.1", {{kJwtBearer, "9.0.0"}});
  TokenFacts callers = tokens("https://b.example.com", "a");
  CHECK(told({scheme(listed), packages, kHost, {callers}}) == Lines{});
  callers.other_keys.push_back(model::parse_jwk(json::parse(jwk("b"))));
  callers.other_keys_of = "b";
  CHECK(told({scheme(listed), packages, kHost, {callers}}) ==
        Lines{"refusal-keys IDX10503 critical"});
  CHECK(told({scheme(section), packages, kHost, {callers}}) ==
        Lines{"refusal-issuer IDX10205 critical"});
}

// Issuers are compared as texts (Validators.ValidateIssuer: "An EXACT match is required"),
// addresses are asked without their default port (System.Uri).
TEST_CASE("A default port in the Authority is no trouble, since the document says the issuer",
          "[reported]") {
  for (const char* version : {"5.5.0", "6.35.0", "7.1.2", "8.0.1"}) {
    CAPTURE(version);
    const Setup setup{{{"Jwt", {{"Authority", "https://id.example.com:443"}, {"Audience", "a"}}}},
                      identity_model(version)};
    CHECK(told(setup) == Lines{});
  }
}

TEST_CASE("Other names of one authority share its keys", "[reported]") {
  struct Row {
    const char *document, *brought;
  };
  for (const Row& row :
       {Row{"https://id.example.com/adfs", "http://id.example.com/adfs/services/trust"},
        Row{"https://accounts.google.com", "accounts.google.com"},
        Row{"http://localhost:8080/realms/x", "http://host.docker.internal:8080/realms/x"},
        Row{"http://localhost:8080/realms/x", "http://keycloak:8080/realms/x"},
        Row{"http://localhost:8080/realms/x", "https://auth.example.com/realms/x"},
        Row{"https://id.example.com", "https://id.example.com/"},
        Row{"https://id.example.com/x", "https://id.example.com:443/x"}}) {
    CAPTURE(row.brought);
    const Setup setup{{{"Jwt", {{"Authority", kHost}, {"Audience", "a"}}}},
                      identity_model("5.5.0"),
                      row.document,
                      {tokens(row.brought)}};
    CHECK(told(setup) == Lines{"refusal-issuer IDX10205 critical"});
  }
  const Setup other_realm{{{"Jwt", {{"Authority", kHost}, {"Audience", "a"}}}},
                          identity_model("5.5.0"),
                          kHost + "/realms/staging",
                          {tokens(kHost + "/realms/production")}};
  CHECK(told(other_realm) == Lines{"refusal-issuer IDX10501 critical"});
}

TEST_CASE("Keycloak under another host: the line of the host, and a remedy that exists there",
          "[reported]") {
  const Setup setup{{{"Keycloak",
                      {{"realm", "x"},
                       {"resource", "api"},
                       {"auth-server-url", "http://localhost:8080/"},
                       {"ssl-required", "none"}}}},
                    identity_model("8.0.1"),
                    "http://localhost:8080/realms/x",
                    {tokens("https://auth.example.com/realms/x")}};
  const auto findings = setup.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].rule == "refusal-issuer");
  REQUIRE(findings[0].source);
  CHECK(findings[0].source->key == "Keycloak:auth-server-url");
  CHECK(findings[0].remedy.find("KC_HOSTNAME") != std::string::npos);
  CHECK(findings[0].remedy.find("ValidIssuers in code") != std::string::npos);
}

TEST_CASE("Tokens without an audience are told as that", "[reported]") {
  for (const auto& [version, error] : {std::pair{"5.5.0", "IDX10214"},
                                       {"6.7.1", "IDX10214"},
                                       {"6.8.0", "IDX10206"},
                                       {"8.0.1", "IDX10206"}}) {
    CAPTURE(version);
    const Setup setup{{{"Jwt", {{"Authority", kHost}, {"Audience", "a"}}}},
                      identity_model(version),
                      kHost,
                      {tokens({}, "")}};
    const auto findings = setup.findings();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].rule == "refusal-audience");
    CHECK(findings[0].error_id == error);
    CHECK(findings[0].summary.find("have no audience (aud)") != std::string::npos);
    CHECK(findings[0].remedy.find("client_id") != std::string::npos);
  }
}

TEST_CASE("Mixed packages of Microsoft.IdentityModel that lose the keys are a finding",
          "[reported]") {
  const auto with = [](const std::string& tokens_version, const std::string& protocols) {
    Packages packages = identity_model(tokens_version, {{kJwtBearer, "8.0.11"}});
    packages["Microsoft.IdentityModel.Protocols"] = protocols;
    packages["Microsoft.IdentityModel.Protocols.OpenIdConnect"] = protocols;
    return Setup{scheme({{"Authority", kHost}, {"ValidAudience", "a"}}), packages};
  };
  for (const std::string version : {"7.4.0", "7.5.0", "8.0.2"}) {
    CAPTURE(version);
    const auto findings = with(version, "7.1.2").findings();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].severity == Severity::kCritical);
    CHECK(findings[0].rule == "refusal-keys");
    CHECK(findings[0].status == 401);
    CHECK(findings[0].error_id == "IDX10500");
    REQUIRE(findings[0].source);
    CHECK(findings[0].source->file == "App.deps.json");
    CHECK(findings[0].source->key ==
          "libraries:Microsoft.IdentityModel.Protocols.OpenIdConnect/7.1.2");
    CHECK(findings[0].remedy.find("Protocols.OpenIdConnect " + version) != std::string::npos);
  }
  CHECK(told(with("7.3.1", "7.1.2")) == Lines{});
  CHECK(told(with("7.5.0", "7.5.0")) == Lines{});
  CHECK(told(with("8.0.2", "7.4.0")) == Lines{});
}

TEST_CASE("An RSA key of x5c alone is a key, and a mark before the JSON is none of its trouble",
          "[reported]") {
  // A self-signed certificate of a throw-away 2048-bit key, made for this test.
  const std::string certificate =
      "MIIDBTCCAe2gAwIBAgIUO16hIyqveJi6Ot4eAaDZ4wGfSw0wDQYJKoZIhvcNAQELBQAwEjEQMA4G"
      "A1UEAwwHdGVzdCBjYTAeFw0yNjExMzAwNjI4NDFaFw0yNjEyMzAwNjI4NDFaMBIxEDAOBgNVBAMM"
      "B3Rlc3QgY2EwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQDLGWyRkN2xg2PKcjETUJQU"
      "n4KSGkeTBpYsmosVeXG6GqZs9840TmMRc53SOmrHlNvCICXhpxBiRiAyzs9PltF+76fB+nfucVf8"
      "1qA5cytyrSWmeyILmJykxdMJXGMz0gyy3POOiQ63uGCNkAUbw7g+/8ClXhs/a7saJCf6F0G0hPgs"
      "h1CXBGw4MD7cqGNF0GY5F0k2Jt/VD92VL75C9sGqtLbuH3sVvE4s+Jk5rVtD9Ycl80hhCrNcX/vs"
      "aPqm03e50+u86Z2H5hIkb5JRmjyWi4Qbcfo+xcsW3uzPvmvwUoi//RuFWTPCQTdfVUzybZmjCW5P"
      "wzQGuUqQspiAfe3TAgMBAAGjUzBRMB0GA1UdDgQWBBSJ9vdSnLhPFuoVMrop/+YC8E3vvDAfBgNV"
      "HSMEGDAWgBSJ9vdSnLhPFuoVMrop/+YC8E3vvDAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEB"
      "CwUAA4IBAQDDkAcDz94U9X9M3FCuPsVsFPkXXZ9ToXjhISiS7mV8CKuzXurJOaToZWjbya8K++g/"
      "slcfkcrv9rzl8jZsRyDUXrVr1CUV5y15czAqY70G3qTxnybiydnO/ylTzoyW8u2OgJAky6lg41s0"
      "jTktQep6YlYFCn+K5uyCjxiSO0appyVq2iQGnM7SrjMAvyqz8VHcmGBZRV9nYnIA3rZ5hcOrumPK"
      "kJV+1o/ET7JsB+jvKUvxNFFRUiP/GdIl34+4+J8waDg5KGhA40q3yaECU4IMeALkqEQhqrU9LKh5"
      "PenQBRoZW+1U6/1/HN4sI1tRZCzUcBJs5kaY1UU1c4YNpjEU";
  for (const std::string version : {"5.5.0", "6.35.0", "8.0.1"}) {
    CAPTURE(version);
    Setup setup{{{"Jwt", {{"Authority", kHost}, {"Audience", "a"}}}}, identity_model(version)};
    setup.keys = {
        {"keys", {{{"kty", "RSA"}, {"use", "sig"}, {"kid", "k"}, {"x5c", {certificate}}}}}};
    CHECK(told(setup) == Lines{});
  }
  const auto marked = read_body(body("\xEF\xBB\xBF" + key_set({"old"})).body);
  CHECK(marked.keys->size() == 1);
}

TEST_CASE("Several kinds of callers: the one who is hit hardest is told", "[reported]") {
  const Setup setup{{{"Jwt", {{"Authority", kHost}, {"Audience", "a"}}}},
                    identity_model("8.0.1"),
                    kHost,
                    {tokens({}, "a"), tokens({}, ""), tokens("https://other.example.com", "a")}};
  CHECK(told(setup) ==
        Lines{"refusal-issuer IDX10205 critical", "refusal-audience IDX10206 critical"});
}

}  // namespace idpwatch::forecast
