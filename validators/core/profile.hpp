// What each profile implements behind simulation.hpp.
#pragma once

#include "validators/core/simulation.hpp"

#include <cstddef>
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
  // What its cache holds.
  [[nodiscard]] virtual bool has_keys() const = 0;
  [[nodiscard]] virtual std::vector<std::string> key_thumbprints() const = 0;
  // By its own clock: when the next request refreshes, and from when on an unknown kid may.
  [[nodiscard]] virtual base::Instant refresh_due_at() const = 0;
  [[nodiscard]] virtual base::Instant forced_refresh_allowed_at() const = 0;
};

// Compiled settings; immutable.
class ProfileRules {
 public:
  virtual ~ProfileRules() = default;
  // The state holds a pointer to these rules, and to the addresses.
  [[nodiscard]] virtual std::unique_ptr<ProfileState> start(const Addresses& addresses) const = 0;
};

struct CompiledProfile {
  std::shared_ptr<const ProfileRules> rules;
  ProfileValues values;
  std::string version;
  std::vector<std::string> notes;
};

// Answer of a process that never came up.
Answer start_failed(const model::StartFault& fault);
// Every request answers 500, because the options of the scheme cannot be made.
Answer options_failed(std::string id, std::string message);
// "IDW10106" of "IDW10106: The ..."; settings-invalid where there is no code.
std::string fault_id(const model::StartFault& fault);
// A request without a bearer token.
Answer no_credentials();
// What web server and bearer scheme make of the Authorization header: a refusal, or the token.
struct BearerToken {
  std::optional<Answer> refusal;
  std::string_view token;                      // of the header
  std::shared_ptr<const TokenView> synthetic;  // or this
};
// `most`: octets of that header.
BearerToken bearer_token(const Credentials& credentials, std::size_t most);

}  // namespace idpwatch::validators
