// How HTTP clients find their proxy, a row for each stack: which variables or properties they read,
// in which order, and how they read the exemptions. Data; each row names its source.
#pragma once

#include "validators/core/transport_policy.hpp"

#include <span>
#include <string_view>

namespace idpwatch::validators {

enum class ProxyStack {
  kDotnet,
  kCurl,
  kGo,
  kUrllib,
  kRequests,
  kRuby,
  kNode,
  kJava,
  kQuarkus,
  kSpringWebClient,
  kApache,
  kEnvoy,
  kIstiod
};

struct StackProxy {
  ProxyStack stack;
  std::string_view name;  // "Python's urllib"
  ProxyRules rules;
};

// In the order of the enumerators.
std::span<const StackProxy> proxy_dialects();
const ProxyRules& proxy_rules(ProxyStack stack);

}  // namespace idpwatch::validators
