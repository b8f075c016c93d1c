// What each profile implements behind simulation.hpp.
#pragma once

#include "validators/core/simulation.hpp"
#include "validators/dotnet/configuration_manager.hpp"

#include <memory>
#include <string>
#include <vector>

namespace idpwatch::validators {

// A process's memory.
class ProfileState {
 public:
  virtual ~ProfileState() = default;
  [[nodiscard]] virtual std::unique_ptr<ProfileState> clone() const = 0;
  virtual Answer answer(Turn& turn, const Credentials& credentials, bool explain) = 0;
  // The cache that decides about keys; null when there is none.
  [[nodiscard]] virtual const ConfigurationManager* cache() const = 0;
};

// Compiled settings; immutable.
class ProfileRules {
 public:
  virtual ~ProfileRules() = default;
  // The state holds a pointer to these rules.
  [[nodiscard]] virtual std::unique_ptr<ProfileState> start() const = 0;
  [[nodiscard]] virtual const ManagerRules* cache_rules() const = 0;  // null: no cache
  [[nodiscard]] virtual base::Duration clock_skew() const = 0;
};

struct CompiledProfile {
  std::shared_ptr<const ProfileRules> rules;
  std::string version;
  std::vector<std::string> notes;
};

// Answer of a process that never came up.
Answer start_failed(const model::StartFault& fault);
// Every request answers 500, because the options of the scheme cannot be made.
Answer options_failed(std::string id, std::string message);
// "IDW10106" of "IDW10106: The ..."; settings-invalid where there is no code.
std::string fault_id(const model::StartFault& fault);
// What Kestrel and the bearer scheme make of the Authorization header: a refusal, or the token.
struct BearerToken {
  std::optional<Answer> refusal;
  std::string_view token;                     // of the header
  std::shared_ptr<const TokenView> imagined;  // or this
};
BearerToken bearer_token(const Credentials& credentials);

}  // namespace idpwatch::validators
