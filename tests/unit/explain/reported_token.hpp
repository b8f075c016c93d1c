// A case of tests/data/token-reports: its deployed files, its token signed with keys of the test's
// own, and what its authority serves, asked of explain.
#pragma once

#include "deployed/core/declared.hpp"
#include "explain/check_by_check.hpp"
#include "explain/explain_token.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace idpwatch::explain::test {

inline constexpr std::int64_t kNow = 1'796'040'000;  // 2026-11-30T12:00:00Z

nlohmann::json case_json(const std::string& folder, const std::string& file);

struct ReportedToken {
  std::string folder;
  std::string token = "token.json";
  std::vector<std::string> files = {"appsettings.json"};
  deployed::Declared declared = {};
  std::string pasted = "TOKEN";  // what surrounds it
  bool redact = false;
};

Explanation explained(const ReportedToken& reported);
// The token alone.
std::string token_of(const std::string& folder, const std::string& file);

// Holds all of message_contains and advice_must_say and none of never_say against the text, and
// verdict, status, error, kind and first failing check against the rest.
void check_expected(const Explanation& explanation, const nlohmann::json& expected);

}  // namespace idpwatch::explain::test
