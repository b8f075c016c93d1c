#include "explain/explanation.hpp"

#include "base/enum_names.hpp"

namespace idpwatch::explain {

namespace {

constexpr base::EnumNames<CheckName> kCheckNames{
    {CheckName::kForm, "form"},         {CheckName::kAlgorithm, "algorithm"},
    {CheckName::kKey, "key"},           {CheckName::kSignature, "signature"},
    {CheckName::kType, "type"},         {CheckName::kIssuer, "issuer"},
    {CheckName::kAudience, "audience"}, {CheckName::kLifetime, "lifetime"},
    {CheckName::kScope, "scope"}};

constexpr base::EnumNames<CheckOutcome> kOutcomeNames{{CheckOutcome::kOk, "ok"},
                                                      {CheckOutcome::kRefused, "refused"},
                                                      {CheckOutcome::kUnknown, "unknown"},
                                                      {CheckOutcome::kNotChecked, "not-checked"}};

}  // namespace

std::string_view to_text(CheckName name) { return kCheckNames.text(name); }

std::string_view to_text(CheckOutcome outcome) { return kOutcomeNames.text(outcome); }

}  // namespace idpwatch::explain
