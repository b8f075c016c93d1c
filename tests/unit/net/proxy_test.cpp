#include "net/proxy.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;

namespace {

std::string proxy_of(const std::string& url, base::Environment::Values environment,
                     std::optional<std::string> configured = std::nullopt) {
  return net::effective_proxy(*base::parse_url(url), configured,
                              base::Environment(std::move(environment)));
}

}  // namespace

TEST_CASE("the proxy of the environment is found by scheme, lower case first", "[net]") {
  CHECK(proxy_of("https://a.example", {{"https_proxy", "http://p:1"}}) == "http://p:1");
  CHECK(proxy_of("https://a.example",
                 {{"https_proxy", "http://p:1"}, {"HTTPS_PROXY", "http://p:2"}}) == "http://p:1");
  CHECK(proxy_of("https://a.example", {{"HTTPS_PROXY", "http://p:2"}}) == "http://p:2");
  CHECK(proxy_of("https://a.example", {{"http_proxy", "http://p:3"}}).empty());
  CHECK(proxy_of("http://a.example", {{"http_proxy", "http://p:3"}}) == "http://p:3");
  // A CGI request header "Proxy:" sets this one.
  CHECK(proxy_of("http://a.example", {{"HTTP_PROXY", "http://p:4"}}).empty());
  CHECK(proxy_of("http://a.example", {{"ALL_PROXY", "http://p:5"}}) == "http://p:5");
  CHECK(proxy_of("https://a.example", {{"https_proxy", ""}, {"all_proxy", "http://p:6"}}) ==
        "http://p:6");
}

TEST_CASE("a configured proxy stands over the environment, an empty one means none", "[net]") {
  CHECK(proxy_of("https://a.example", {{"https_proxy", "http://p:1"}}, "http://mine:1") ==
        "http://mine:1");
  CHECK(proxy_of("https://a.example", {{"https_proxy", "http://p:1"}}, "").empty());
}

TEST_CASE("no_proxy is read in libcurl's dialect", "[net]") {
  CHECK(proxy_of("https://a.example", {{"https_proxy", "http://p:1"}, {"no_proxy", "a.example"}})
            .empty());
  CHECK(proxy_of("https://a.example", {{"https_proxy", "http://p:1"}, {"NO_PROXY", "b.example"}}) ==
        "http://p:1");
}
