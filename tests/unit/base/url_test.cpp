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
  CHECK(redact_url("https://u:p@h/hook?sig=secret") == "https://h/hook?sig=...");
  CHECK(redact_url("https://h/k?appid=1234&code=S3CRET==&bare&x=") ==
        "https://h/k?appid=...&code=...&...&x=...");
  CHECK(redact_url("nonsense") == "(not a URL)");
}

TEST_CASE("the discovery URL strips one slash and appends the well-known path", "[base]") {
  CHECK(discovery_url("https://h") == "https://h/.well-known/openid-configuration");
  CHECK(discovery_url("https://h/") == "https://h/.well-known/openid-configuration");
  CHECK(discovery_url("https://h/t/v2.0") == "https://h/t/v2.0/.well-known/openid-configuration");
}

// resolve_url() always goes the long way, through libcurl.
TEST_CASE("a plain URL is split as libcurl splits it", "[base]") {
  const Url elsewhere = parse_url("https://elsewhere.example/").value();
  for (const char* text : {"https://login.example.com",
                           "https://localhost:8443/keys",
                           "http://a/b/c-d_e~f.g",
                           "https://h:443/x",
                           "http://h:80",
                           "https://h/a//b/",
                           "https://h/.well-known/x",
                           "https://h:65535/",
                           "https://h:65536/",
                           "https://h:0/",
                           "https://h:08/",
                           "https://h:/",
                           "https://h/a/../b",
                           "https://h/a/./b",
                           "https://h/a/..",
                           "https://h/a/.",
                           "https://h/..a",
                           "https://127.1/",
                           "https://0x7f.1/",
                           "https://h.0x7f/",
                           "https://1.h/",
                           "https://h..x/",
                           "https://h./",
                           "https://-h/",
                           "https://h_x/",
                           "https://H/",
                           "HTTPS://h/",
                           "https://h/%41",
                           "https://h/a?b",
                           "https://h/a#b",
                           "https://u@h/",
                           "https://u:p@h:1/",
                           "https://[::1]/",
                           "https://h /",
                           "https://h\\x",
                           "https://h/\xc3\xa4"}) {
    INFO(text);
    const auto quick = parse_url(text);
    const auto slow = resolve_url(elsewhere, text);
    REQUIRE(quick.has_value() == slow.has_value());
    if (!quick) continue;
    CHECK(quick->text() == slow->text());
    CHECK(quick->scheme == slow->scheme);
    CHECK(quick->host == slow->host);
    CHECK(quick->port == slow->port);
    CHECK(quick->explicit_port == slow->explicit_port);
    CHECK(quick->path == slow->path);
  }
}

TEST_CASE("user info is taken out of every URL of a text, and nothing else is", "[base]") {
  CHECK(without_user_info("https://u:p@host/a") == "https://host/a");
  CHECK(without_user_info("see https://u:p@a@host/x, and http://v@b:1") ==
        "see https://host/x, and http://b:1");
  for (const char* same : {"", "https://host/@me", "a@b", "https://host?q=u@v", "api://orders",
                           "x://", "https://[::1]:8443/t"}) {
    CHECK(without_user_info(same) == same);
  }
}

TEST_CASE("no value of a query is left in a text, and its names are", "[base]") {
  CHECK(without_url_secrets("https://u:p@host/a?code=S3CRET&p=B2C_1#f") ==
        "https://host/a?code=...&p=...");
  CHECK(without_url_secrets("IDX20803: from: 'https://h/c?appid=1&code=S3CRET'. Exception: 'x'") ==
        "IDX20803: from: 'https://h/c?appid=...&code=...'. Exception: 'x'");
  CHECK(without_url_secrets(R"({"old":"https://h/k?s=S3CRET","new":"http://i/?S3CRET"})") ==
        R"({"old":"https://h/k?s=...","new":"http://i/?..."})");
  CHECK(without_url_secrets("see https://h/k?s=S3CRET, (https://h/?s=S3CRET) https://i/?s=S.3.") ==
        "see https://h/k?s=..., (https://h/?s=...) https://i/?s=....");
  CHECK(without_url_secrets("https://h/?to=https://S3CRET/?S3CRET") == "https://h/?to=...");
  for (const char* same : {"", "https://host/a", "why? a=b", "is it https://host/a? a=b", "?a=b",
                           "x://", "://", "https://[::1]:8443/t", "https://h/?"}) {
    CHECK(without_url_secrets(same) == same);
  }
  const std::string once = without_url_secrets("see https://h/k?s=S3CRET&t");
  CHECK(without_url_secrets(once) == once);
}
