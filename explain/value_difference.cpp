#include "explain/value_difference.hpp"

#include "base/text.hpp"
#include "forecast/wording/difference.hpp"
#include "model/authority_family.hpp"

#include <algorithm>
#include <string_view>

namespace idpwatch::explain {
namespace {

bool is_plain(char c) { return c > ' ' && c <= '~'; }

std::string visible(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), is_plain);
  return out;
}

// "one holds characters that cannot be seen: "api://orders\u{200b}"".
std::string invisible(const std::string& a, const std::string& b) {
  if (visible(a) != visible(b)) return {};
  const bool first = visible(a) != a;
  return std::string(first ? "the token's" : "the deployed") +
         " value holds characters that cannot be seen: \"" + base::printable(first ? a : b) + '"';
}

std::string of_entra(const std::string& a, const std::string& b) {
  const auto first = model::entra_issuer(a);
  const auto second = model::entra_issuer(b);
  if (!first || !second) return {};
  if (!base::iequals(first->tenant, second->tenant)) {
    return "another tenant: " + base::printable(first->tenant, 64) + " and " +
           base::printable(second->tenant, 64);
  }
  if (first->version != second->version) {
    return "the same tenant, but a v" + first->version + " token where v" + second->version +
           " is expected";
  }
  return {};
}

std::string of_versions(const std::string& a, const std::string& b) {
  const auto edition = [](const std::string& text) {
    std::string_view bare = text;
    while (bare.ends_with('/')) bare.remove_suffix(1);
    return bare.ends_with("/v2.0") ? bare.substr(0, bare.size() - 5) : bare;
  };
  return edition(a) == edition(b) && a.find("/v2.0") != b.find("/v2.0") ? "only one ends in /v2.0"
                                                                        : std::string();
}

std::string of_one(const std::string& brought, const std::string& valid) {
  if (brought == valid) return {};
  for (std::string text : {invisible(brought, valid), of_entra(brought, valid)}) {
    if (!text.empty()) return text;
  }
  if (std::string text = forecast::difference(brought, valid); !text.empty()) {
    return text;
  }
  if (std::string text = of_versions(brought, valid); !text.empty()) return text;
  if (brought.starts_with("spn:") && brought.substr(4) == valid) {
    return "only the first begins with spn:";
  }
  // A list that was written as one text, as an environment variable is.
  if (valid.find(brought) != std::string::npos && valid.find_first_of(",; ") != std::string::npos) {
    return "the deployed value is one text with several names in it; it has to be a list";
  }
  if (brought.find(valid) != std::string::npos &&
      brought.find_first_of(",; ") != std::string::npos) {
    return "the token's value is one text with several names in it, not a list";
  }
  return {};
}

}  // namespace

std::string value_difference(const std::string& brought, const std::vector<std::string>& accepted) {
  for (const std::string& valid : accepted) {
    if (std::string text = of_one(brought, valid); !text.empty()) return text;
  }
  return {};
}

}  // namespace idpwatch::explain
