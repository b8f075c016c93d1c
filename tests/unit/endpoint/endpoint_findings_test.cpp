// From what an API answered to findings: severities, what passes, what says nothing.
#include "checks/endpoint/endpoint_findings.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace idpwatch;
using namespace idpwatch::checks;
using model::Health;

namespace {

constexpr const char* kUrl = "https://api.example.com/orders";
const EndpointSubject kSubject{"orders-api", "vm-17", std::nullopt, {}};

Hop hop(const std::string& method, const std::string& url, int status, HeaderFields headers = {}) {
  Hop made;
  made.request = {method, url, {}};
  made.answer.status = status;
  made.answer.headers = std::move(headers);
  if (status == 0) made.answer.failure = "connection refused";
  return made;
}

Hop challenged() {
  return hop("GET", kUrl, 401, {{"www-authenticate", "Bearer realm=\"orders\""}});
}

// Calls with a token whose validator is forecast to answer so.
struct Called {
  Exchange exchange;
  EndpointQuestion question;
  Called(Hop with_token, std::optional<int> forecast) {
    question.url = kUrl;
    question.forecast_status = forecast;
    exchange.plain = {challenged()};
    exchange.with_token = {std::move(with_token)};
  }
  [[nodiscard]] EndpointReport report() const { return judge_endpoint(question, exchange); }
  [[nodiscard]] std::vector<model::CheckResult> results() const {
    return endpoint_results(report(), exchange, kSubject, {.token = true});
  }
};

Health health_of(const std::vector<model::CheckResult>& results, std::string_view rule) {
  const auto found = std::find_if(results.begin(), results.end(),
                                  [&](const auto& one) { return one.finding.rule == rule; });
  REQUIRE(found != results.end());
  return found->health;
}

const model::Finding& finding_of(const std::vector<model::CheckResult>& results,
                                 std::string_view rule) {
  const auto found = std::find_if(results.begin(), results.end(),
                                  [&](const auto& one) { return one.finding.rule == rule; });
  REQUIRE(found != results.end());
  REQUIRE(found->health == Health::kFailing);
  return found->finding;
}

}  // namespace

TEST_CASE("an API that does not answer is unreachable, and says nothing of all else",
          "[endpoint]") {
  for (const int status : {0, 502, 503, 504}) {
    Exchange exchange;
    exchange.plain = {hop("GET", kUrl, status)};
    EndpointQuestion question;
    question.url = kUrl;
    const auto results = endpoint_results(judge_endpoint(question, exchange), exchange, kSubject,
                                          {.cors = true, .token = true});
    INFO(status);
    CHECK(finding_of(results, "endpoint-unreachable").severity == model::Severity::kError);
    for (const char* rule :
         {"endpoint-challenge", "endpoint-cors", "endpoint-token-lost", "refusal-contradiction"}) {
      CHECK(health_of(results, rule) == Health::kUnknown);
    }
  }
}

TEST_CASE("what our configuration does not ask for passes, so that it closes", "[endpoint]") {
  Exchange exchange;
  exchange.plain = {challenged()};
  EndpointQuestion question;
  question.url = kUrl;
  const auto results = endpoint_results(judge_endpoint(question, exchange), exchange, kSubject, {});
  REQUIRE(results.size() == 7);
  for (const auto& one : results) {
    INFO(one.finding.rule);
    CHECK(one.health == Health::kPassing);
  }
}

TEST_CASE("without its token of the moment a deployment keeps its findings about it",
          "[endpoint]") {
  Exchange exchange;
  exchange.plain = {challenged()};
  EndpointQuestion question;
  question.url = kUrl;
  const auto results = endpoint_results(judge_endpoint(question, exchange), exchange, kSubject,
                                        {.token_missing = true});
  CHECK(health_of(results, "endpoint-token-lost") == Health::kUnknown);
  CHECK(health_of(results, "refusal-contradiction") == Health::kUnknown);
}

TEST_CASE("an API that answers otherwise than forecast is a contradiction with both sides",
          "[endpoint]") {
  const Hop refused =
      hop("GET", kUrl, 401, {{"www-authenticate", "Bearer error=\"invalid_token\""}});
  const auto refuses = Called(refused, 200).results();
  const model::Finding& finding = finding_of(refuses, "refusal-contradiction");
  CHECK(finding.severity == model::Severity::kWarning);
  CHECK(finding.summary ==
        "orders-api: the API answers 401, and the forecast for this token is 200");
  CHECK(finding.status == 401);
  CHECK(health_of(refuses, "endpoint-token-lost") == Health::kPassing);
  const auto accepts = Called(hop("GET", kUrl, 200), 401).results();
  CHECK(finding_of(accepts, "refusal-contradiction").certainty == model::Certainty::kPossible);
}

TEST_CASE("an API that answers as forecast contradicts nothing", "[endpoint]") {
  const Hop refused =
      hop("GET", kUrl, 401, {{"www-authenticate", "Bearer error=\"invalid_token\""}});
  CHECK(health_of(Called(refused, 401).results(), "refusal-contradiction") == Health::kPassing);
  // The forecast may know another status of the same refusal.
  CHECK(health_of(Called(refused, 500).results(), "refusal-contradiction") == Health::kPassing);
  for (const int status : {200, 204, 403, 404}) {
    INFO(status);
    CHECK(health_of(Called(hop("GET", kUrl, status), 200).results(), "refusal-contradiction") ==
          Health::kPassing);
  }
}

TEST_CASE("a token that did not arrive is lost, and no contradiction", "[endpoint]") {
  const Hop elsewhere = hop("GET", kUrl, 302, {{"location", "https://login.example.com/start"}});
  for (const Hop& lost : {challenged(), hop("GET", kUrl, 431), hop("GET", kUrl, 413),
                          hop("GET", kUrl, 400), elsewhere}) {
    INFO(lost.answer.status);
    const auto results = Called(lost, 200).results();
    CHECK(finding_of(results, "endpoint-token-lost").severity == model::Severity::kError);
    CHECK(health_of(results, "refusal-contradiction") == Health::kUnknown);
  }
}

TEST_CASE("a 400 that names its error comes from the validator", "[endpoint]") {
  const Hop said =
      hop("GET", kUrl, 400, {{"www-authenticate", "Bearer error=\"invalid_request\""}});
  CHECK(health_of(Called(said, 200).results(), "endpoint-token-lost") == Health::kPassing);
}

TEST_CASE("whether a silent 401 saw the token is not known without a forecast", "[endpoint]") {
  const auto results = Called(challenged(), std::nullopt).results();
  CHECK(health_of(results, "endpoint-token-lost") == Health::kUnknown);
}

TEST_CASE("a 401 whose text differs from that without a token did see the token", "[endpoint]") {
  Called called(challenged(), 200);
  called.exchange.plain.back().answer.body = "AKV10000: Request is missing a token. (id 17)";
  Hop& answer = called.exchange.with_token.back();
  answer.answer.body = "AKV10000: Request is missing a token. (id 18)";
  CHECK(health_of(called.results(), "endpoint-token-lost") == Health::kFailing);
  answer.answer.body = "AKV10022: Invalid audience. (id 18)";
  CHECK(health_of(called.results(), "endpoint-token-lost") == Health::kPassing);
  CHECK(health_of(called.results(), "refusal-contradiction") == Health::kFailing);
}

TEST_CASE("the challenge is held against every scheme, and against what is expected",
          "[endpoint]") {
  EndpointQuestion question;
  question.url = kUrl;
  question.authorities = {"https://login.example.com/one", "https://login.example.com/two/v2.0"};
  question.resources = {"https://vault.azure.net"};
  const auto outcome = [&](const std::string& challenge) {
    Exchange exchange;
    exchange.plain = {hop("GET", kUrl, 401, {{"www-authenticate", challenge}})};
    return judge_challenge(question, exchange).outcome;
  };
  CHECK(outcome("Bearer authorization=\"https://login.example.com/two\"") == EndpointOutcome::kOk);
  CHECK(outcome("Bearer authorization=\"https://login.example.com/three\"") ==
        EndpointOutcome::kWarning);
  CHECK(outcome("Bearer authorization=\"https://login.example.com/one\", "
                "resource=\"https://vault.azure.net\"") == EndpointOutcome::kOk);
  CHECK(outcome("Bearer authorization=\"https://login.example.com/one\", "
                "resource=\"https://management.azure.com\"") == EndpointOutcome::kWarning);
}

TEST_CASE("a finding about CORS holds the answers and what the console says", "[endpoint]") {
  Exchange exchange;
  exchange.plain = {challenged()};
  Hop preflight = hop("OPTIONS", kUrl, 401, {{"www-authenticate", "Bearer"}});
  preflight.request.headers = {{"Origin", "https://app.example.com"},
                               {"Access-Control-Request-Method", "PUT"}};
  exchange.preflight = {preflight};
  EndpointQuestion question;
  question.url = kUrl;
  question.origin = "https://app.example.com";
  const auto results =
      endpoint_results(judge_endpoint(question, exchange), exchange, kSubject, {.cors = true});
  const model::Finding& finding = finding_of(results, "endpoint-cors");
  CHECK(finding.severity == model::Severity::kError);
  std::vector<std::string> facts;
  for (const auto& one : finding.evidence) facts.push_back(one.fact);
  CHECK(facts == std::vector<std::string>{"expected", "answer to the preflight",
                                          "answer without a token", "browser console"});
  CHECK(finding.evidence.at(1).value == "401; www-authenticate: Bearer");
}
