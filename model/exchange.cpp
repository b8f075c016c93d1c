#include "model/exchange.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

namespace idpwatch::model {

std::vector<std::string> field_values(const HeaderFields& headers, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& [field, value] : headers) {
    if (base::iequals(field, name)) values.emplace_back(base::trim(value));
  }
  return values;
}

std::optional<std::string> joined_field(const HeaderFields& headers, std::string_view name) {
  const std::vector<std::string> values = field_values(headers, name);
  if (values.empty()) return std::nullopt;
  return base::join(values, ", ");
}

bool is_redirect(const Hop& hop) {
  constexpr int kFirst = 301;
  constexpr int kLast = 308;
  const int status = hop.answer.status;
  const bool code = status >= kFirst && status <= kLast && (status <= 303 || status >= 307);
  return code && !field_values(hop.answer.headers, "location").empty();
}

std::string redirect_target(const Hop& hop) {
  const auto values = field_values(hop.answer.headers, "location");
  const auto here = base::parse_url(hop.request.url);
  if (values.empty() || !here) return {};
  const auto there = base::resolve_url(*here, values.front());
  return there ? there->text() : std::string();
}

Exchange sorted_exchange(const std::vector<Hop>& hops) {
  Exchange sorted;
  for (const Hop& hop : hops) {
    const SentRequest& sent = hop.request;
    if (sent.method == "OPTIONS") {
      sorted.preflight.push_back(hop);
    } else if (sent.url.find("/.well-known/oauth-protected-resource") != std::string::npos) {
      sorted.resource_metadata.push_back(hop);
    } else if (sent.url.find("/.well-known/") != std::string::npos) {
      sorted.server_metadata.push_back(hop);
    } else if (!field_values(sent.headers, "authorization").empty()) {
      sorted.with_token.push_back(hop);
    } else if (!field_values(sent.headers, "x-forwarded-proto").empty()) {
      sorted.forwarded.push_back(hop);
    } else {
      sorted.plain.push_back(hop);
    }
  }
  return sorted;
}

}  // namespace idpwatch::model
