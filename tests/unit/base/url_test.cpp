#include "base/url.hpp"

using namespace idpwatch::base;

TEST_CASE("a URL is split and put together again", "[base]") {
  const Url url = parse_url("https://Login.Example.com:8443/a/b?x=1&y=2#f").value();
  CHECK(url.scheme == "https");
  CHECK(url.host == "login.example.com");
  CHECK(url.port == 8443);
  CHECK(url.path == "/a/b");
  CHECK(url.query == "x=1&y=2");
  CHECK(url.text() == "https://login.example.com:8443/a/b?x=1&y=2#f");
  CHECK(url.origin() == "https://login.example.com:8443");
  CHECK(url.host_port() == "login.example.com:8443");
}

TEST_CASE("the default port is known but not written", "[base]") {
  const Url url = parse_url("http://127.0.0.1").value();
  CHECK(url.port == 80);
  CHECK(url.path == "/");
  CHECK(url.origin() == "http://127.0.0.1");
  CHECK(parse_url("https://h:443/x").value().text() == "https://h:443/x");
  CHECK(parse_url("https://h:443/x").value().origin() == "https://h");
}

TEST_CASE("what is no http URL is refused with how to write it", "[base]") {
  for (const char* text :
       {"", "login.example.com", "ftp://h/", "https://", "https:///x", "file:///etc/passwd",
        "https://h:99999/", "https://a b/", "javascript:alert(1)"}) {
    INFO(text);
    const auto url = parse_url(text);
    REQUIRE_FALSE(url.has_value());
    CHECK(url.error().hint.find("https://") != std::string::npos);
  }
  CHECK_FALSE(parse_url(std::string_view("https://h/\0x", 12)).has_value());
}

TEST_CASE("a Location is resolved against the URL that answered", "[base]") {
  const Url base = parse_url("https://h/a/b?c").value();
  CHECK(resolve_url(base, "/x").value().text() == "https://h/x");
  CHECK(resolve_url(base, "x").value().text() == "https://h/a/x");
  CHECK(resolve_url(base, "//other/y").value().text() == "https://other/y");
  CHECK(resolve_url(base, "http://h/z").value().text() == "http://h/z");
  CHECK_FALSE(resolve_url(base, "gopher://h/").has_value());
}

TEST_CASE("a logged URL shows neither user nor query", "[base]") {
  CHECK(redact_url("https://u:p@h/hook?sig=secret") == "https://h/hook?...");
  CHECK(redact_url("nonsense") == "(not a URL)");
}

TEST_CASE("the discovery URL strips one slash and appends the well-known path", "[base]") {
  CHECK(discovery_url("https://h") == "https://h/.well-known/openid-configuration");
  CHECK(discovery_url("https://h/") == "https://h/.well-known/openid-configuration");
  CHECK(discovery_url("https://h/t/v2.0") == "https://h/t/v2.0/.well-known/openid-configuration");
}
