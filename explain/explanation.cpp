#include "explain/explanation.hpp"

namespace idpwatch::explain {

std::string_view to_text(CheckName name) {
  switch (name) {
    case CheckName::kForm:
      return "form";
    case CheckName::kAlgorithm:
      return "algorithm";
    case CheckName::kKey:
      return "key";
    case CheckName::kSignature:
      return "signature";
    case CheckName::kType:
      return "type";
    case CheckName::kIssuer:
      return "issuer";
    case CheckName::kAudience:
      return "audience";
    case CheckName::kLifetime:
      return "lifetime";
    case CheckName::kScope:
      return "scope";
  }
  return "form";
}

std::string_view to_text(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::kOk:
      return "ok";
    case CheckOutcome::kRefused:
      return "refused";
    case CheckOutcome::kUnknown:
      return "unknown";
    case CheckOutcome::kNotChecked:
      return "not-checked";
  }
  return "unknown";
}

}  // namespace idpwatch::explain
