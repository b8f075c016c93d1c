// The table of rules of docs/rules.md: when a finding opens and closes. Severities that
// depend on what was seen are decided by the check.
#pragma once

#include "base/time.hpp"
#include "model/finding.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::model {

struct Rule {
  std::string_view id;
  Severity severity;          // the usual one
  int open_after;             // consecutive bad observations
  int close_after;            // consecutive good observations
  base::Duration event_hold;  // > 0: an "event" finding, closing by itself after this time
  std::string_view meaning;   // one line for people
};

std::span<const Rule> rules();
// lint-<ID> is a family: every id of that form finds the entry "lint-".
const Rule* find_rule(std::string_view id);

// What one look says about one rule and subject. `kUnknown` moves no counter (docs/alerts.md).
enum class Health { kPassing, kFailing, kUnknown };

struct CheckResult {
  Health health = Health::kPassing;
  // Rule and subject always; the rest, the id too, when bad: good results are many, and hashing
  // their ids would be the dearest part of judging.
  Finding finding;

  static CheckResult good(std::string_view rule, Subject subject);
  static CheckResult unknown(std::string_view rule, Subject subject);
  static CheckResult bad(Finding finding);  // fills in the id
};

}  // namespace idpwatch::model
