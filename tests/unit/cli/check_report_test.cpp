#include "cli/check_report.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <sstream>

namespace idpwatch::cli {
namespace {

CheckReport sample() {
  CheckReport report;
  report.schema = "idpwatch.check/v1";
  report.at = *base::parse_rfc3339("2026-11-24T22:00:00Z");
  model::Finding finding;
  finding.rule = "refusal-rotation";
  finding.severity = model::Severity::kError;
  finding.subject = {"entra", "orders-api#Bearer", ""};
  finding.summary = "orders-api refuses tokens \x1b[31m signed with a new key";
  finding.window = model::Window{report.at, report.at + base::hours(1), std::nullopt, 300};
  finding.status = 401;
  finding.error_id = "IDX10503";
  finding.error_message = "Signature validation failed";
  finding.evidence = {{"key", "k2", "JWKS"}};
  finding.remedy = "restart it";
  finding.source = model::SourceRef{"appsettings.json", 12, "Authority"};
  model::Finding small;
  small.rule = "lint-JWK-07";
  small.severity = model::Severity::kWarning;
  small.subject.authority = "entra";
  report.findings = {small, finding};
  report.checked = {{CheckedKind::kFile, "appsettings.json", model::RefusalState::kRefuses},
                    {CheckedKind::kAuthority, "https://a.example", model::RefusalState::kOk}};
  report.with_clock = true;
  report.clock = {{"entra", -0.5, 0.25, "3 answers"}};
  return report;
}

TEST_CASE("a finding is told with when, answer, evidence, line and remedy", "[cli]") {
  std::ostringstream out;
  print_report(sample(), out, false);
  CHECK(out.str() == R"(error  refusal-rotation  orders-api#Bearer, entra
  what    orders-api refuses tokens \u{1b}[31m signed with a new key
  when    from 2026-11-24 22:00:00Z, no later than 2026-11-24 23:00:00Z, until fixed, at most 5 min in one instance
  answer  401 IDX10503: Signature validation failed
  because key: k2 (JWKS)
  at      appsettings.json:12 Authority
  remedy  restart it

warning  lint-JWK-07  entra

RESULT   CHECKED
refuses  appsettings.json
ok       https://a.example

CLOCK OF  AHEAD OF OURS BY    EVIDENCE
entra     -0.500 .. +0.250 s  3 answers
)");
}

TEST_CASE("the document is the contracted one", "[cli]") {
  const auto document = to_json(sample());
  CHECK(document["schema"] == "idpwatch.check/v1");
  CHECK(document["findings"].size() == 2);
  CHECK(document["checked"][0]["file"] == "appsettings.json");
  CHECK(document["checked"][0]["result"] == "refuses");
  CHECK(document["clock"][0]["hi_s"] == 0.25);
  CheckReport without = sample();
  without.with_clock = false;
  CHECK_FALSE(to_json(without).contains("clock"));
}

TEST_CASE("the result knows errors, ignored ones and what was undetermined", "[cli]") {
  CheckReport report = sample();
  CHECK(result(report) == kFound);
  report.checked[1].result = model::RefusalState::kUndetermined;
  CHECK(result(report) == kFound);
  report.findings[1].ignored = true;
  CHECK(result(report) == kUndetermined);
  report.checked[1].result = model::RefusalState::kOk;
  CHECK(result(report) == kFine);
}

}  // namespace
}  // namespace idpwatch::cli
