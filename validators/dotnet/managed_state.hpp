// A process whose keys are kept by a ConfigurationManager: what all profiles of .NET share behind
// the face of a profile.
#pragma once

#include "validators/core/profile.hpp"
#include "validators/dotnet/configuration_manager.hpp"

#include <string>
#include <vector>

namespace idpwatch::validators {

// MaxRequestHeadersTotalSize of Kestrel is 32 KiB for all headers; the others take some of it.
inline constexpr std::size_t kKestrelHeaders = std::size_t{32} * 1024 - 128;

class ManagedState : public ProfileState {
 public:
  Answer answer(Turn& turn, const Credentials& credentials, bool explain) final;
  [[nodiscard]] bool has_keys() const final;
  [[nodiscard]] std::vector<std::string> key_thumbprints() const final;
  [[nodiscard]] base::Instant refresh_due_at() const final;
  [[nodiscard]] base::Instant forced_refresh_allowed_at() const final;

 protected:
  // All but its cause.
  virtual Answer respond(Turn& turn, const Credentials& credentials, bool explain) = 0;
  // Null: the keys stand in the settings, and nothing is fetched.
  [[nodiscard]] virtual const ManagerRules* manager_rules() const = 0;
  [[nodiscard]] virtual const ConfigurationManager& manager() const = 0;
};

// The cache of such a process as a plain value. `unknown_kid`: which its handler decides.
CachePolicy cache_policy_of(const ManagerRules* rules, CachePolicy::Fetcher unknown_kid);

}  // namespace idpwatch::validators
