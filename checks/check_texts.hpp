// What the texts of all findings about an authority share: the frame of a finding, and outside
// text made harmless. Markup is left as it is: each renderer escapes for its own target
// (docs/alerts.md).
#pragma once

#include "base/time.hpp"
#include "checks/authority_view.hpp"
#include "model/finding.hpp"
#include "model/observation.hpp"

#include <string>
#include <string_view>

namespace idpwatch::checks {

model::Subject about(const AuthorityView& view);
// Rule, severity, subject, vantage and times; the rest is the check's.
model::Finding begin_finding(const AuthorityView& view, std::string_view rule,
                             model::Severity severity, base::Instant now);
void add_evidence(model::Finding& finding, std::string_view fact, std::string_view value,
                  std::string_view source_url = {});

// In double quotes, so that blanks and slashes at the ends are seen.
std::string in_quotes(std::string_view outside);
// Without user info and query values; what is no URL is shown as text.
std::string shown_url(std::string_view url);
// The authority's name as a person reads it.
std::string shown_name(const AuthorityView& view);

// Where the answer came from, or should have: the last URL gone through.
const std::string& final_url(const model::Fetch& fetch);
// "login.example.com:443" of a URL; the text itself when it is none.
std::string host_port_of(std::string_view url);
// "login.example.com".
std::string host_of(std::string_view url);

// "3 keys", "1 key".
std::string counted(std::size_t count, std::string_view noun);
// "2026-11-30T12:00:00Z", whole seconds.
std::string shown_time(base::Instant at);
// "40 ms", "1.2 s", as measured by a stopwatch.
std::string shown_latency(std::int64_t microseconds);
// "3.25" for 2 digits.
std::string decimals(double value, int digits);

}  // namespace idpwatch::checks
