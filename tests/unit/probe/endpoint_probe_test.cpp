// One protected API, asked request by request: where the token goes, and where it does not.
#include "probe/endpoint_probe.hpp"

#include "tests/fakes/fake_http.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <vector>

using namespace idpwatch;
using fakes::FakeHttp;
using fakes::header_of;
using fakes::http_answer;

namespace {

const std::string kToken = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.c2lnbmF0dXJlLW9mLWEtdGVzdA";

probe::EndpointAsk ask_of(const std::string& url) {
  probe::EndpointAsk ask;
  ask.question.url = url;
  ask.token = kToken;
  return ask;
}

// All that is asked, answered by `server`.
std::optional<probe::EndpointSeen> seen_by(FakeHttp& http, probe::EndpointAsk ask,
                                           const FakeHttp::Server& server) {
  std::optional<probe::EndpointSeen> seen;
  probe::EndpointProbe probe(http);
  probe.start(std::move(ask), [&](probe::EndpointSeen&& done) { seen = std::move(done); });
  REQUIRE_FALSE(seen.has_value());
  http.answer_all(server);
  CHECK_FALSE(probe.running());
  return seen;
}

std::vector<std::string> called_with_token(const FakeHttp& http) {
  std::vector<std::string> urls;
  for (const net::HttpRequest& request : http.asked) {
    if (header_of(request, "Authorization") == "Bearer " + kToken) urls.push_back(request.url);
  }
  return urls;
}

}  // namespace

TEST_CASE("a token never follows a redirect to another origin", "[probe]") {
  for (const char* elsewhere :
       {"https://other.example.com/orders", "https://api.example.com:8443/orders",
        "http://api.example.com/orders", "//other.example.com/orders",
        "https://api.example.com@other.example.com/orders"}) {
    for (const int status : {301, 302, 303, 307, 308}) {
      INFO(elsewhere << " " << status);
      FakeHttp http;
      const auto seen =
          seen_by(http, ask_of("https://api.example.com/orders"), [&](const auto& request) {
            return request.url == "https://api.example.com/orders"
                       ? http_answer(status, "", {{"location", elsewhere}})
                       : http_answer(401);
          });
      REQUIRE(seen.has_value());
      CHECK(called_with_token(http) == std::vector<std::string>{"https://api.example.com/orders"});
    }
  }
}

TEST_CASE("a token follows a redirect within the origin", "[probe]") {
  FakeHttp http;
  seen_by(http, ask_of("https://api.example.com/orders"), [](const auto& request) {
    return request.url == "https://api.example.com/orders"
               ? http_answer(307, "", {{"location", "/orders/"}})
               : http_answer(200);
  });
  CHECK(called_with_token(http) == std::vector<std::string>{"https://api.example.com/orders",
                                                            "https://api.example.com/orders/"});
}

TEST_CASE("a token that an API repeats is not kept", "[probe]") {
  FakeHttp http;
  const std::string signature = kToken.substr(kToken.rfind('.') + 1);
  const auto seen =
      seen_by(http, ask_of("https://api.example.com/orders"), [&](const net::HttpRequest& request) {
        if (header_of(request, "Authorization").empty()) return http_answer(401);
        return http_answer(401, "no good: " + kToken + " and " + signature,
                           {{"www-authenticate", "Bearer error_description=\"" + kToken + "\""},
                            {"location", "/?token=" + kToken}});
      });
  REQUIRE(seen.has_value());
  REQUIRE(seen->exchange.with_token.size() == 1);
  const model::Hop& hop = seen->exchange.with_token.front();
  CHECK(hop.answer.body == "no good: (token) and (token)");
  std::string all = hop.answer.body + hop.answer.failure + hop.request.url;
  for (const auto& fields : {hop.answer.headers, hop.request.headers}) {
    for (const auto& [name, value] : fields) all += name + value;
  }
  CHECK(all.find(signature) == std::string::npos);
  CHECK(all.find("eyJ") == std::string::npos);
}

TEST_CASE("a probe that failed by our own fault says so, and asks no more", "[probe]") {
  FakeHttp http;
  const auto seen = seen_by(http, ask_of("https://api.example.com/orders"), [](const auto&) {
    return fakes::http_failure(model::FailureKind::kConnect, model::FailureDetail::kOurs);
  });
  REQUIRE(seen.has_value());
  CHECK(seen->ours);
  CHECK(http.count() == 1);
}

TEST_CASE("what an answer tells to fetch is bounded, and private addresses are not reached by it",
          "[probe]") {
  FakeHttp http;
  int n = 0;
  seen_by(http, ask_of("https://api.example.com/orders"), [&](const net::HttpRequest& request) {
    n += 1;
    if (request.url.find("well-known") != std::string::npos ||
        request.url.starts_with("https://10.")) {
      CHECK(request.addresses.allow_private == request.url.starts_with("https://api.example.com"));
      return http_answer(200, "{\"resource\":\"x\",\"authorization_servers\":[\"https://10.0.0." +
                                  std::to_string(n) + "\"]}");
    }
    return http_answer(
        401, "", {{"www-authenticate", "Bearer resource_metadata=\"https://10.0.0.1/metadata\""}});
  });
  CHECK(http.count() < 12);
}
