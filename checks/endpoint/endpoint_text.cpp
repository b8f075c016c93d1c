#include "checks/endpoint/endpoint_text.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace idpwatch::checks {
namespace {

constexpr std::size_t kLine = 2000;

std::string line(const std::string& head, const std::string& text) {
  return text.empty() ? std::string()
                      : "               " + head + base::printable(text, kLine) + "\n";
}

std::string check_text(const EndpointCheck& check) {
  std::string out = "  " + std::string(to_text(check.outcome));
  out.resize(std::max<std::size_t>(out.size() + 1, 15), ' ');
  out += to_text(check.name);
  if (!check.rule.empty()) out += "  (" + check.rule + ")";
  out += "\n";
  out += line("", check.found);
  const bool fails =
      check.outcome == EndpointOutcome::kWarning || check.outcome == EndpointOutcome::kRefused;
  if (fails) out += line("expected: ", check.expected);
  out += line("the browser says: ", check.browser_says);
  for (const std::string& note : check.notes) out += line("Note: ", note);
  return out + line("Fix: ", check.remedy);
}

}  // namespace

std::string endpoint_text(const EndpointReport& report) {
  std::string out;
  for (const EndpointCheck& check : report.checks) {
    if (check.outcome != EndpointOutcome::kNotChecked) out += check_text(check);
  }
  return out;
}

}  // namespace idpwatch::checks
