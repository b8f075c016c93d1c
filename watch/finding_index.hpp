// Findings by what they are about, found without going through the others: what is made of n
// findings and m authorities or validators costs n + m.
#pragma once

#include "model/finding.hpp"

#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace idpwatch::watch {

class FindingIndex {
 public:
  using Findings = std::span<const model::Finding* const>;

  // They must outlive it.
  explicit FindingIndex(const std::vector<const model::Finding*>& findings) {
    for (const model::Finding* finding : findings) {
      const model::Subject& subject = finding->subject;
      if (!subject.deployment.empty()) {
        deployments_[subject.deployment].push_back(finding);
      } else if (!subject.authority.empty()) {
        authorities_[subject.authority].push_back(finding);
      }
    }
  }

  // About the authority itself, not about a validator that trusts it.
  [[nodiscard]] Findings of_authority(std::string_view name) const {
    return in(authorities_, name);
  }
  // About the validator of that full name.
  [[nodiscard]] Findings of_deployment(std::string_view name) const {
    return in(deployments_, name);
  }

 private:
  using ByName = std::unordered_map<std::string_view, std::vector<const model::Finding*>>;

  static Findings in(const ByName& index, std::string_view name) {
    const auto found = index.find(name);
    return found == index.end() ? Findings() : Findings(found->second);
  }

  ByName deployments_, authorities_;
};

}  // namespace idpwatch::watch
