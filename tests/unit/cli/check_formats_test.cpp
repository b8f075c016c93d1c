#include "cli/check_formats.hpp"

#include "cli/baseline.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <unistd.h>

namespace idpwatch::cli {
namespace {

const FormatContext kContext{"0.0.0", "/build/project", "https://runbooks.example/rules#"};

model::Finding refusal() {
  model::Finding finding;
  finding.rule = "refusal-issuer";
  finding.severity = model::Severity::kCritical;
  finding.subject.authority = "https://idp.example";
  finding.subject.deployment = "src/appsettings.json#Bearer";
  finding.summary = "it refuses every token: 50%, <a & \"b\">\nsecond line";
  finding.error_id = "IDX10205";
  finding.error_message = "Issuer validation failed.";
  finding.evidence = {{"configured issuer", "https://idp.example/", "file"}};
  finding.remedy = "take the slash away";
  finding.source = model::SourceRef{"/build/project/src/appsettings.json", 12, "Jwt:Issuer"};
  return finding;
}

model::Finding warning() {
  model::Finding finding;
  finding.rule = "tls-expiring";
  finding.severity = model::Severity::kWarning;
  finding.subject.authority = "https://idp.example";
  finding.summary = "its certificate expires in 5 days";
  return finding;
}

CheckReport sample() {
  CheckReport report;
  report.schema = "idpwatch.check/v1";
  report.at = *base::parse_rfc3339("2026-11-24T22:00:00Z");
  report.findings = {refusal(), warning()};
  report.checked = {{CheckedKind::kFile, "src/appsettings.json", model::RefusalState::kRefuses},
                    {CheckedKind::kAuthority, "https://other.example",
                     model::RefusalState::kUndetermined, "it was not reached"}};
  return report;
}

std::string path_of(const std::string& name) {
  return std::string(IDPWATCH_TEST_DATA) + "/golden/check/" + name;
}

std::map<std::string, std::string> outputs() {
  return {{"check.junit.xml", to_junit(sample(), kContext)},
          {"check.sarif", to_sarif(sample(), kContext)},
          {"check.github.txt", to_github(sample(), kContext)}};
}

CheckReport with_baseline(const model::Finding& accepted) {
  CheckReport report = sample();
  report.has_baseline = true;
  report.baseline = {fingerprint(accepted)};
  return report;
}

}  // namespace

TEST_CASE("what build servers read is that of the golden files", "[cli]") {
  REQUIRE(outputs().size() == 3);
  for (const auto& [name, text] : outputs()) {
    CAPTURE(name);
    std::ifstream file(path_of(name), std::ios::binary);
    REQUIRE(file);
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == text);
  }
}

// Run by hand when a format is meant to change: test_cli "[.golden]".
TEST_CASE("write the golden files of check", "[.golden]") {
  for (const auto& [name, text] : outputs()) {
    std::ofstream(path_of(name)) << text;
    CHECK(std::filesystem::file_size(path_of(name)) == text.size());
  }
}

TEST_CASE("files are named relative to where the build runs", "[cli]") {
  const auto sarif = nlohmann::json::parse(to_sarif(sample(), kContext));
  const auto& location = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
  CHECK(location["artifactLocation"]["uri"] == "src/appsettings.json");
  CHECK(location["region"]["startLine"] == 12);
  FormatContext elsewhere = kContext;
  elsewhere.root = "/another";
  const auto outside = nlohmann::json::parse(to_sarif(sample(), elsewhere));
  CHECK(outside["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
               ["uri"] == "file:///build/project/src/appsettings.json");
}

TEST_CASE("a fingerprint survives what was measured, other words and another line", "[cli]") {
  model::Finding moved = refusal();
  moved.source->line = 99;
  moved.source->file = "/elsewhere/appsettings.json";
  moved.summary = "other words";
  moved.severity = model::Severity::kWarning;
  CHECK(fingerprint(moved) == fingerprint(refusal()));
  moved.source->key = "Jwt:Audience";
  CHECK(fingerprint(moved) != fingerprint(refusal()));
  CHECK(fingerprint(warning()) != fingerprint(refusal()));
}

TEST_CASE("what is in the baseline is shown and fails nothing", "[cli]") {
  const CheckReport report = with_baseline(refusal());
  CHECK(result(report) == kUndetermined);
  CHECK(to_github(report, kContext).find("refusal-issuer") == std::string::npos);
  CHECK(to_junit(report, kContext).find("<skipped message=\"in the baseline\"/>") !=
        std::string::npos);
  const auto sarif = nlohmann::json::parse(to_sarif(report, kContext));
  CHECK(sarif["runs"][0]["results"][0]["baselineState"] == "unchanged");
  CHECK(sarif["runs"][0]["results"][1]["baselineState"] == "new");
  CHECK(sarif["runs"][0]["results"][0]["suppressions"].size() == 1);
}

TEST_CASE("the severity to fail for is the one that was asked for", "[cli]") {
  CheckReport report = sample();
  report.checked.clear();
  report.findings = {warning()};
  CHECK(result(report) == kFine);
  report.fail_on = model::Severity::kWarning;
  CHECK(result(report) == kFound);
  report.findings[0].ignored = true;
  CHECK(result(report) == kFine);
}

TEST_CASE("a baseline is read back as it was written, and nothing else is taken for one", "[cli]") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("idpwatch-baseline-" + std::to_string(::getpid())))
          .string();
  const std::vector<model::Finding> findings{refusal(), refusal(), warning()};
  REQUIRE(write_baseline(path, findings).has_value());
  const auto read = read_baseline(path);
  REQUIRE(read.has_value());
  CHECK(*read == Fingerprints{fingerprint(refusal()), fingerprint(warning())});
  for (const char* text : {"", "[]", "{}", R"({"schema":"idpwatch.baseline/v1"})",
                           R"({"schema":"idpwatch.baseline/v1","findings":[7]})",
                           R"({"schema":"idpwatch.baseline/v2","findings":[]})"}) {
    CAPTURE(text);
    std::ofstream(path, std::ios::trunc) << text;
    CHECK_FALSE(read_baseline(path).has_value());
  }
  std::filesystem::remove(path);
  CHECK_FALSE(read_baseline(path).has_value());
  CHECK_FALSE(write_baseline("/no/such/folder/baseline.json", findings).has_value());
}

}  // namespace idpwatch::cli
