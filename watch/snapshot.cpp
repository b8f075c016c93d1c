#include "watch/snapshot.hpp"

namespace idpwatch::watch {

std::vector<const model::Finding*> Snapshot::findings() const {
  std::vector<const model::Finding*> out;
  for (const model::Alert& alert : alerts) {
    if (alert.state == model::AlertState::kFiring) out.push_back(&alert.finding);
  }
  return out;
}

}  // namespace idpwatch::watch
