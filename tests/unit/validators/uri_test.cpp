// System.Uri, read in dotnet/runtime: UriExt.cs, UriHelper.cs (IsLWS, UnreservedReserved).
#include "validators/dotnet/dotnet_uri.hpp"

#include <catch2/catch.hpp>

using idpwatch::validators::is_normal_https;
using idpwatch::validators::parse_dotnet_uri;

namespace {
std::string uri(std::string_view text) {
  const auto parsed = parse_dotnet_uri(text);
  return parsed ? parsed->absolute_uri : "!";
}
}  // namespace

TEST_CASE("spaces, tabs and line breaks around a URL are left out", "[validators]") {
  for (const char* text : {" https://a.test/k", "https://a.test/k ", "\t\r\n https://a.test/k\n"}) {
    CHECK(uri(text) == "https://a.test/k");
  }
  CHECK(uri(" ") == "!");
  CHECK(uri("") == "!");
}

TEST_CASE("other white space around a URL is not", "[validators]") {
  CHECK(uri("\xC2\xA0https://a.test/k") == "!");      // U+00A0 makes the scheme unknown
  CHECK(uri("\xEF\xBB\xBFhttps://a.test/k") == "!");  // U+FEFF
  CHECK(uri("\vhttps://a.test/k") == "!");
  CHECK(uri("https://a.test/k\xC2\xA0") == "https://a.test/k%C2%A0");
  CHECK(uri("https://a.test/k\v") == "https://a.test/k%0B");
}

TEST_CASE("white space inside a path or query is escaped, inside a host it is an error",
          "[validators]") {
  CHECK(uri("https://a.test/a key\tset") == "https://a.test/a%20key%09set");
  CHECK(uri("https://a.test/a\nb?c d#e f") == "https://a.test/a%0Ab?c%20d");
  CHECK(uri("https://a .test/k") == "!");
  CHECK(uri("https:// a.test/k") == "!");
  CHECK(uri("https ://a.test/k") == "!");
  CHECK(uri("https://a.test /k") == "!");
  CHECK(uri("https://a.test: 8443/k") == "!");
}

TEST_CASE("a URL is brought into its normal form", "[validators]") {
  CHECK(uri("HTTPS://A.Test:443") == "https://a.test/");
  CHECK(uri("https://a.test:8443/k") == "https://a.test:8443/k");
  CHECK(uri("https://a.test:/k") == "https://a.test/k");
  CHECK(uri("https://user:pass@a.test/k") == "https://a.test/k");
  CHECK(uri("https:\\\\a.test\\b\\k") == "https://a.test/b/k");
  CHECK(uri("https://a.test/b/./c/../k") == "https://a.test/b/k");
  CHECK(uri("https://a.test/../..") == "https://a.test/");
  CHECK(uri("https://a.test/%6b%7E%2F%zz|") == "https://a.test/k~%2F%25zz%7C");
  CHECK(uri("https://a.test/\xC3\xA9") == "https://a.test/%C3%A9");
  CHECK(uri("https://[::1]:8443/k") == "https://[::1]:8443/k");
}

TEST_CASE("a URL is asked for as it is spelled where that is one", "[validators]") {
  CHECK(parse_dotnet_uri(" https://A.test:443/k?x ")->spelled == "https://A.test:443/k?x");
  CHECK(parse_dotnet_uri("https://A.test")->spelled == "https://A.test");
  CHECK(parse_dotnet_uri("https://A.test/a b")->spelled == "https://a.test/a%20b");
  CHECK(parse_dotnet_uri("https://A.test/a/../b")->spelled == "https://a.test/b");
  CHECK(parse_dotnet_uri("https://me@A.test/k")->spelled == "https://a.test/k");
  CHECK(parse_dotnet_uri("https:\\\\A.test/k")->spelled == "https://a.test/k");
  CHECK(parse_dotnet_uri("https://A.test/k#f")->spelled == "https://a.test/k");
}

TEST_CASE("what is no absolute URL of a host has none", "[validators]") {
  for (const char* text :
       {"/jwks", "jwks", "//a.test/k", "a.test/k", "https:", "https:/a.test", "https://",
        "https:///k", "https://a.test:99999/k", "c:/keys", "1a://b"}) {
    INFO(text);
    CHECK(uri(text) == "!");
  }
  CHECK(parse_dotnet_uri("file:///etc/keys")->scheme == "file");
  CHECK_FALSE(parse_dotnet_uri("http://a.test")->https());
}

TEST_CASE("an address that is taken as it is would not have been changed", "[validators]") {
  // Each shape of host with each shape of path.
  int normal = 0;
  for (const std::string scheme : {"https://", "http://", "HTTPS://", "https:/"}) {
    for (const std::string host :
         {"a.test", "a-1.test.", "A.test", ".a.test", "a.test:443", "a.test:8443", "u@a.test",
          "[::1]", "127.0.0.1", "", "a_b.test"}) {
      for (const std::string path :
           {"",       "/",     "/k",    "/.well-known/x", "/./k",   "/../k",    "/k/..",
            "/k/.",   "/a//b", "/..a",  "/a.b",           "/a..b/", "/%41",     "/a b",
            "/k?q=1", "/k#f",  "/K_~-", "/k\\l",          "/k ",    "/\xC3\xA9"}) {
        const std::string text = scheme + host + path;
        if (!is_normal_https(text)) continue;
        ++normal;
        CAPTURE(text);
        const auto parsed = parse_dotnet_uri(text);
        REQUIRE(parsed);
        CHECK(parsed->https());
        CHECK(parsed->absolute_uri == text);
        CHECK(parsed->spelled == text);
      }
    }
  }
  CHECK(normal >= 15);
  CHECK(is_normal_https("https://login.example.com/.well-known/openid-configuration"));
}
