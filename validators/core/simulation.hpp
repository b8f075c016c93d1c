// A simulated validator: what one deployed service answers to a request, given what the world
// serves, by the mechanism of the very library version that it runs.
//
//   auto validator = Validator::compile(settings, store);       // once per deployment
//   Simulation service(*validator);                             // the process starts
//   Answer answer = service.request(world, {at, local, Credentials::synthetic(token)});
//
// A Simulation is a value: copying it is copying the state of a process (a few hundred octets and
// shared documents), so that a "what if" is a copy. It reads no clock and no network, and draws no
// random number: `Draws` says where in its range each drawn value falls. Simulations of one
// DocumentStore belong to one thread.
//
// A synthetic token has no signature: it says which key (by RFC 7638 thumbprint) signed it.
#pragma once

#include "base/result.hpp"
#include "model/authority_family.hpp"
#include "model/validator_settings.hpp"
#include "validators/core/cache_policy.hpp"
#include "validators/core/cause.hpp"
#include "validators/core/token_view.hpp"
#include "validators/core/transport_policy.hpp"
#include "validators/core/turn.hpp"
#include "validators/core/vocabulary.hpp"
#include "validators/core/world.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::validators {

class ProfileState;  // the process's memory, per profile
class ProfileRules;  // the compiled settings, per profile

// The Authorization header of a request, or a synthetic bearer token.
class Credentials {
 public:
  static Credentials none() { return {}; }
  static Credentials header(std::string authorization);
  static Credentials bearer(std::string_view token) {
    return header("Bearer " + std::string(token));
  }
  static Credentials synthetic(std::shared_ptr<const TokenView> token);

  [[nodiscard]] const std::optional<std::string>& authorization() const { return authorization_; }
  [[nodiscard]] const std::shared_ptr<const TokenView>& token() const { return token_; }

 private:
  std::optional<std::string> authorization_;
  std::shared_ptr<const TokenView> token_;
};

struct Request {
  base::Instant at;     // true time
  base::Instant local;  // what the service's own clock says then
  Credentials credentials;
};

struct Answer {
  int status = 200;   // 0: nothing answers
  std::string error;  // the id in the failure itself; empty on success
  // The library's own, where `error` is our name for it: "ERR_JWKS_NO_MATCHING_KEY".
  std::string code;
  Cause cause = Cause::kNone;
  CauseDetail detail = CauseDetail::kNone;
  std::string_view setting;  // Cause::kStart: the one that is at fault, "min_refresh_s"
  std::string message;    // as that version logs it, abbreviated where it prints keys or the token
  std::string challenge;  // WWW-Authenticate
  std::string because;    // one sentence
  FetchCount fetches;
  bool spread = false;  // set by those who ask for the ends of the drawn ranges too

  [[nodiscard]] bool accepted() const { return status == 200; }
  // What stands in the service's log.
  [[nodiscard]] const std::string& logged() const { return code.empty() ? error : code; }
};

// What it asks for its keys by itself; both empty: nothing.
struct Addresses {
  std::string metadata;  // the document that names the key set
  std::string keys;      // the key set, where no document is asked for it
};

// Which tokens it is made for.
struct TokenKind {
  std::string type = "JWT";         // their typ
  std::string algorithm = "RS256";  // one that it allows
  // It takes those of such authorities alone, whatever their hosts are called.
  std::optional<model::AuthorityFamily> family;
  // Without a list of audiences, the token's version says which it must bear.
  bool audience_by_version = false;
};

// The plain values beside the machine.
struct ProfileValues {
  Addresses addresses;
  CachePolicy cache;
  Vocabulary words;
  TokenKind tokens;
  TransportPolicy transport;
  base::Duration clock_skew{0};  // that it tolerates
};

// A deployment's settings, made ready for its library version.
class Validator {
 public:
  // kInput for a profile or version that is not known here. `store` remembers parsed documents;
  // share it between all validators of a thread. Null: an own one.
  static base::Result<std::shared_ptr<const Validator>> compile(
      const model::ValidatorSettings& settings, std::shared_ptr<DocumentStore> store = nullptr);

  [[nodiscard]] const std::string& profile() const { return profile_; }
  [[nodiscard]] const std::string& version() const { return version_; }  // as asked, or the newest
  [[nodiscard]] const std::string& variant() const { return variant_; }
  // "judged as 8.23.0, the nearest lower version known", "fetch_timeout_s is not a setting here".
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  // Of the settings that keys and caches depend on (model::digest_but_audience).
  [[nodiscard]] const std::string& settings_digest() const { return settings_digest_; }

  [[nodiscard]] const Addresses& addresses() const { return values_.addresses; }
  [[nodiscard]] const CachePolicy& cache() const { return values_.cache; }
  [[nodiscard]] const Vocabulary& words() const { return values_.words; }
  [[nodiscard]] const TokenKind& tokens() const { return values_.tokens; }
  [[nodiscard]] const TransportPolicy& transport() const { return values_.transport; }
  [[nodiscard]] base::Duration clock_skew() const { return values_.clock_skew; }
  [[nodiscard]] bool fetches() const { return values_.cache.fetches(); }
  // The same with another address of its key set.
  [[nodiscard]] std::shared_ptr<const Validator> asking(std::string key_set_url) const;

 private:
  friend class Simulation;
  std::string profile_, version_, variant_, settings_digest_;
  std::vector<std::string> notes_;
  ProfileValues values_;
  std::shared_ptr<const ProfileRules> rules_;
  std::shared_ptr<DocumentStore> store_;
};

class Simulation {
 public:
  explicit Simulation(std::shared_ptr<const Validator> validator, Draws draws = {},
                      const SignatureOracle& oracle = real_signatures());
  Simulation(const Simulation& other);
  Simulation& operator=(const Simulation& other);
  Simulation(Simulation&&) noexcept;
  Simulation& operator=(Simulation&&) noexcept;
  ~Simulation();

  // Requests come in order of time. With `explain`, message, challenge and
  // because are filled in.
  Answer request(const World& world, const Request& request, bool explain = true);

  // The key set (and document) that it holds now: thumbprints of the keys it would accept.
  [[nodiscard]] bool has_configuration() const;
  [[nodiscard]] std::vector<std::string> key_thumbprints() const;
  // When, by its own clock, the next request refreshes; min() = at once.
  [[nodiscard]] base::Instant refresh_due_at() const;
  [[nodiscard]] base::Instant forced_refresh_allowed_at() const;

 private:
  std::shared_ptr<const Validator> validator_;
  std::unique_ptr<ProfileState> state_;
  Draws draws_;
  const SignatureOracle* oracle_;
};

}  // namespace idpwatch::validators
