// The texts of what a finding says in one word, for its texts and for its JSON.
#pragma once

#include "base/enum_names.hpp"
#include "model/finding.hpp"

namespace idpwatch::model {

inline constexpr base::EnumNames<Severity> kSeverityNames{{Severity::kInfo, "info"},
                                                          {Severity::kWarning, "warning"},
                                                          {Severity::kError, "error"},
                                                          {Severity::kCritical, "critical"}};

inline constexpr base::EnumNames<Certainty> kCertaintyNames{{Certainty::kPossible, "possible"},
                                                            {Certainty::kLikely, "likely"},
                                                            {Certainty::kCertain, "certain"}};

inline constexpr base::EnumNames<Condition> kConditionNames{{Condition::kRunning, "running"},
                                                            {Condition::kRestarted, "restarted"}};

}  // namespace idpwatch::model
