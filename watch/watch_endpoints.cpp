// What comes of the probes of protected APIs: see watch.hpp.
#include "watch/watch.hpp"

#include <utility>
#include <vector>

namespace idpwatch::watch {

// While this host's own network is at fault, an API that does not answer says nothing of the API.
void Watch::judge_endpoint(std::vector<model::CheckResult> results) {
  for (model::CheckResult& one : results) {
    const bool silent =
        one.health == model::Health::kFailing && one.finding.rule == "endpoint-unreachable";
    if (silent && pipeline_.guard().active()) {
      one = model::CheckResult::unknown(one.finding.rule, one.finding.subject);
    }
  }
  put(pipeline_.judge(parts_.scheduler.now(), std::move(results), {}));
}

}  // namespace idpwatch::watch
