#include "alerts/shared_cause.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::alerts {

namespace {

struct Row {
  std::string_view rule, cause;
};

constexpr std::string_view kKeys = "keys", kIssuer = "issuer";

constexpr std::array kRows{
    Row{"authority-unreachable", kReachability},
    Row{"discovery-invalid", kReachability},
    Row{"keys-invalid", kReachability},
    Row{"tls-invalid", kReachability},
    Row{"redirect-loop", kReachability},
    Row{"redirect-downgrade", kReachability},
    Row{"refusal-unreachable", kReachability},
    Row{"refusal-slow", kReachability},
    Row{"refusal-redirect", kReachability},
    Row{"refusal-tls", kReachability},
    Row{"refusal-size", kReachability},
    Row{"refusal-document", kReachability},
    Row{"keyset-empty", kKeys},
    Row{"keyset-replaced", kKeys},
    Row{"keyset-inconsistent", kKeys},
    Row{"key-material-changed", kKeys},
    Row{"refusal-rotation", kKeys},
    Row{"refusal-withdrawn-key", kKeys},
    Row{"refusal-keys", kKeys},
    Row{"issuer-mismatch", kIssuer},
    Row{"issuer-changed", kIssuer},
    // Who moves to another host changes both.
    Row{"jwks-uri-changed", kIssuer},
    Row{"refusal-issuer", kIssuer},
};

}  // namespace

std::string_view cause_of(std::string_view rule) {
  const auto* found =
      std::find_if(kRows.begin(), kRows.end(), [rule](const Row& row) { return row.rule == rule; });
  return found == kRows.end() ? rule : found->cause;
}

}  // namespace idpwatch::alerts
