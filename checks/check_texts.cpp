#include "checks/check_texts.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <array>
#include <cstdio>

namespace idpwatch::checks {

namespace {
// Short enough that a row stays a row in every receiver.
constexpr std::size_t kUrlLimit = 512;
}  // namespace

model::Subject about(const AuthorityView& view) {
  return {.authority = view.spec.name, .deployment = {}, .host = {}};
}

model::Finding begin_finding(const AuthorityView& view, std::string_view rule,
                             model::Severity severity, base::Instant now) {
  model::Finding finding;
  finding.rule = rule;
  finding.severity = severity;
  finding.subject = about(view);
  finding.vantage = view.vantage;
  finding.first_seen = now;
  finding.last_seen = now;
  return finding;
}

void add_evidence(model::Finding& finding, std::string_view fact, std::string_view value,
                  std::string_view source_url) {
  finding.evidence.push_back(
      {.fact = std::string(fact),
       .value = std::string(value),
       .source = source_url.empty() ? std::string() : shown_url(source_url)});
}

std::string in_quotes(std::string_view outside) { return '"' + base::printable(outside) + '"'; }

std::string shown_url(std::string_view url) {
  if (!base::parse_url(url)) return base::printable(url);
  return base::printable(base::redact_url(url), kUrlLimit);
}

std::string shown_name(const AuthorityView& view) { return base::printable(view.spec.name); }

const std::string& final_url(const model::Fetch& fetch) {
  return fetch.redirects.empty() ? fetch.url : fetch.redirects.back();
}

std::string host_port_of(std::string_view url) {
  const base::Result<base::Url> parsed = base::parse_url(url);
  return base::printable(parsed ? parsed->host_port() : std::string(url));
}

std::string host_of(std::string_view url) {
  const base::Result<base::Url> parsed = base::parse_url(url);
  return base::printable(parsed ? parsed->host : std::string(url));
}

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string shown_time(base::Instant at) {
  return base::format_rfc3339(std::chrono::floor<base::seconds>(at));
}

std::string shown_latency(std::int64_t microseconds) {
  if (microseconds < 1'000'000) return std::to_string(microseconds / 1000) + " ms";
  return decimals(static_cast<double>(microseconds) / 1e6, 1) + " s";
}

std::string decimals(double value, int digits) {
  std::array<char, 64> buffer{};
  // Zero has no sign for people.
  std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value == 0 ? 0.0 : value);
  return buffer.data();
}

}  // namespace idpwatch::checks
