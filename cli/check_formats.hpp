// What `check` found, in the forms that build servers read: JUnit's XML, SARIF 2.1.0, and the
// workflow commands of GitHub Actions. Pure.
#pragma once

#include "cli/check_report.hpp"
#include "cli/options.hpp"

#include <map>
#include <string>

namespace idpwatch::cli {

struct FormatContext {
  std::string version;
  // Where the build runs: files below it are named relative to it.
  std::string root;
  std::string runbooks;
};

// By what --format calls them.
[[nodiscard]] std::map<std::string, CheckOutput> check_outputs();

// A case for each finding, and one for each thing checked that has none.
[[nodiscard]] std::string to_junit(const CheckReport& report, const FormatContext& context);
[[nodiscard]] std::string to_sarif(const CheckReport& report, const FormatContext& context);
// A line a finding: "::error file=appsettings.json,line=7,title=...::...".
[[nodiscard]] std::string to_github(const CheckReport& report, const FormatContext& context);

}  // namespace idpwatch::cli
