// What `check` and `forecast` found, as text for people and as the document of docs/json.md.
// Pure.
#pragma once

#include "base/time.hpp"
#include "cli/baseline.hpp"
#include "cli/exit_code.hpp"
#include "model/finding.hpp"
#include "model/refusal_state.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace idpwatch::cli {

enum class CheckedKind { kFile, kAuthority, kDeployment };

struct Checked {
  CheckedKind kind = CheckedKind::kAuthority;
  std::string name;
  model::RefusalState result = model::RefusalState::kOk;
  std::string why = {};                 // it is undetermined
  std::vector<std::string> notes = {};  // what it was judged as, and what weakens that
  std::vector<std::string> ways = {};   // of the notes: on what its way to the provider hangs
};

struct CheckedClock {
  std::string authority;
  double lo_s = 0, hi_s = 0;
  std::string evidence;
};

struct CheckReport {
  std::string schema;  // "idpwatch.check/v1", "idpwatch.forecast/v1"
  base::Instant at;
  std::vector<model::Finding> findings;
  std::vector<Checked> checked;
  std::vector<CheckedClock> clock;
  bool with_clock = false;
  std::vector<std::string> notes = {};  // what was assumed, or is not judged, and why
  bool has_baseline = false;
  Fingerprints baseline = {};  // findings that were accepted before
  model::Severity fail_on = model::Severity::kError;

  [[nodiscard]] bool accepts(const model::Finding& finding) const;  // it is in the baseline
  // The exit code is 1 for it.
  [[nodiscard]] bool fails(const model::Finding& finding) const;
};

nlohmann::ordered_json to_json(const CheckReport& report);

// The text of a line of a deployed file; empty: not to be shown.
using LineOf = std::function<std::string(const model::SourceRef&)>;

// The most severe findings first; then what was checked, and the clocks.
void print_report(const CheckReport& report, std::ostream& out, bool colour,
                  const LineOf& line_of = {});

// One finding in full: what, when, the validator's own error, evidence, remedy, the line to change.
void print_finding(const model::Finding& finding, std::ostream& out, bool colour,
                   const LineOf& line_of = {});

// 1: a finding of at least that severity, neither ignored nor in the baseline; else 3: something
// undetermined.
[[nodiscard]] ExitCode result(const CheckReport& report);

}  // namespace idpwatch::cli
