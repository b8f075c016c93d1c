// Protected APIs that people reported, by the exchanges that were recorded of them: the verdict,
// and what is and is not said.
#include "base/file.hpp"
#include "checks/endpoint/endpoint_findings.hpp"
#include "checks/endpoint/endpoint_text.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <regex>

using namespace idpwatch;
using namespace idpwatch::checks;
using nlohmann::json;

namespace {

json read(const std::string& folder, const std::string& file) {
  const auto bytes =
      base::read_file(std::string(IDPWATCH_TEST_DATA) + "/token-reports/" + folder + "/" + file);
  REQUIRE(bytes);
  return json::parse(*bytes);
}

HeaderFields fields(const json& list) {
  HeaderFields out;
  for (const auto& one : list) out.emplace_back(one[0], one[1]);
  return out;
}

std::vector<Hop> hops(const json& list) {
  std::vector<Hop> out;
  for (const auto& one : list) {
    Hop hop;
    hop.request = {one["request"]["method"], one["request"]["url"],
                   fields(one["request"]["headers"])};
    const json& response = one["response"];
    hop.answer.status = response["status"];
    hop.answer.headers = fields(response["headers"]);
    if (response.contains("body")) hop.answer.body = response["body"].dump();
    out.push_back(std::move(hop));
  }
  return out;
}

struct Reported {
  std::string folder;
  json expected;
  EndpointStack stack = EndpointStack::kUnknown;
  std::string deployed = {};
};

EndpointQuestion question_of(const Reported& reported, const Exchange& exchange) {
  EndpointQuestion question;
  const auto& first = exchange.plain.empty() ? exchange.with_token : exchange.plain;
  if (!first.empty()) {
    question.url = first.front().request.url;
    question.method = first.front().request.method;
  }
  question.stack = reported.stack;
  const std::string run = reported.expected.value("run", "");
  question.credentials = run.find("--credentials") != std::string::npos;
  std::smatch match;
  if (std::regex_search(run, match, std::regex("--origin (\\S+)"))) question.origin = match[1];
  if (!reported.deployed.empty()) {
    const json deployed = read(reported.folder, reported.deployed);
    question.authorities = {
        deployed["Authentication"]["Schemes"]["Bearer"]["Authority"].get<std::string>()};
  }
  if (reported.expected.contains("token")) {
    const json claims = read(reported.folder, reported.expected["token"])["claims"];
    question.token_audiences = {claims["aud"]};
    question.token_tenant = claims["tid"];
  }
  return question;
}

bool says(const std::string& text, const std::string& pattern) {
  return std::regex_search(text, std::regex(pattern, std::regex::ECMAScript | std::regex::icase));
}

std::string word_of(const EndpointCheck* failing) {
  if (failing == nullptr) return "ok";
  return failing->outcome == EndpointOutcome::kWarning ? "warning" : "refused";
}

void check_reported(const Reported& reported) {
  const json recorded = read(reported.folder, reported.expected.value("exchange", "exchange.json"));
  Exchange exchange = model::sorted_exchange(hops(recorded["hops"]));
  if (recorded.contains("with_x_forwarded_proto_https")) {
    exchange.forwarded = hops(recorded["with_x_forwarded_proto_https"]);
  }
  const EndpointReport report = judge_endpoint(question_of(reported, exchange), exchange);
  const std::string text = endpoint_text(report);
  INFO(reported.folder << " " << reported.expected.value("exchange", "") << " "
                       << reported.expected.value("run", "") << "\n"
                       << text);
  const EndpointCheck* failing = report.first_failing();
  const std::string verdict = reported.expected["verdict"] == "accepted"
                                  ? "ok"
                                  : reported.expected["verdict"].get<std::string>();
  CHECK(word_of(failing) == verdict);
  const json& first = reported.expected["first_failing_check"];
  CHECK((failing == nullptr ? "" : std::string(to_text(failing->name))) ==
        (first.is_null() ? "" : first.get<std::string>()));
  if (reported.expected.contains("rule") && failing != nullptr)
    CHECK(failing->rule == reported.expected["rule"].get<std::string>());
  if (reported.expected.contains("severity")) {
    const auto findings = endpoint_findings(report, exchange, {"orders-api", "here", {}, {}});
    REQUIRE_FALSE(findings.empty());
    CHECK(model::to_text(findings.front().severity) ==
          reported.expected["severity"].get<std::string>());
  }
  for (const char* must : {"message_contains", "advice_must_say"}) {
    for (const std::string pattern : reported.expected[must]) {
      INFO("has to say " << pattern);
      CHECK(says(text, pattern));
    }
  }
  for (const std::string pattern : reported.expected["never_say"]) {
    INFO("must not say " << pattern);
    CHECK_FALSE(says(text, pattern));
  }
}

void check_all(const std::string& folder, EndpointStack stack = EndpointStack::kUnknown,
               const std::string& deployed = {}) {
  const json expected = read(folder, "expect.json");
  const json list = expected.is_array() ? expected : json::array({expected});
  REQUIRE_FALSE(list.empty());
  for (const json& one : list)
    check_reported({folder, one, stack, one.value("deployed", deployed)});
}

}  // namespace

TEST_CASE("Key Vault's challenge shows that a token is for another resource", "[reported]") {
  check_all("10-vault-wrong-resource");
}
TEST_CASE("authentication before CORS answers the preflight with 401", "[reported]") {
  check_all("14-preflight-401", EndpointStack::kExpress);
}
TEST_CASE("a star for Authorization is judged by the standard and by today's browsers",
          "[reported]") {
  check_all("15-star-and-authorization");
}
TEST_CASE("two layers that answer CORS are none", "[reported]") { check_all("16-two-answers"); }
TEST_CASE("an error answer without CORS headers hides itself", "[reported]") {
  check_all("17-error-without-cors");
}
TEST_CASE("a redirect to itself is TLS that ended in front, whatever a forwarded header does",
          "[reported]") {
  check_all("18-forwarded-proto-unknown-proxy", EndpointStack::kAspNetCore, "appsettings.json");
}
TEST_CASE("a redirect loses the token of some clients", "[reported]") {
  check_all("19-redirect-loses-the-token");
}
TEST_CASE("a login page is no challenge", "[reported]") {
  check_all("20-login-page", EndpointStack::kAspNetCore, "appsettings.json");
}
TEST_CASE("metadata of another resource are told, missing ones are not", "[reported]") {
  check_all("21-resource-without-path");
}
TEST_CASE("a slash between two documents hurts strict clients", "[reported]") {
  check_all("22-authorization-server-slash", EndpointStack::kUnknown, "appsettings.json");
}
