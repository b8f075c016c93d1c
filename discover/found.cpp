#include "discover/found.hpp"

#include <set>

namespace idpwatch::discover {

FoundService service_of(const Candidate& candidate) {
  FoundService found =
      candidate.kind == ProgramKind::kNode ? node_service(candidate) : dotnet_service(candidate);
  found.name = candidate.name;
  found.where = candidate.where;
  found.unit = candidate.unit;
  found.notes.insert(found.notes.begin(), candidate.notes.begin(), candidate.notes.end());
  return found;
}

void make_names_unique(std::vector<FoundService>& services) {
  std::set<std::string> taken;
  for (FoundService& service : services) {
    const std::string wanted = service.name.empty() ? "service" : service.name;
    service.name = wanted;
    for (int n = 2; !taken.insert(service.name).second; ++n) {
      service.name = wanted + "-" + std::to_string(n);
    }
  }
}

}  // namespace idpwatch::discover
