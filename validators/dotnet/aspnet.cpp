#include "validators/dotnet/aspnet.hpp"

#include "base/text.hpp"
#include "validators/dotnet/token_reading.hpp"

#include <algorithm>
#include <string_view>

namespace idpwatch::validators {
namespace {

using Kind = Failure::Kind;
using Outcome = TokenReading::Outcome;

constexpr int kManagedFrom = 8;  // the token handler holds the manager
constexpr int kDatesFrom = 6;    // JwtBearerHandler of .NET 6 sets ExpiresUtc and IssuedUtc

// Kestrel throws over a response header with line breaks, other control characters or anything
// beyond ASCII in it (HttpCharacters.IndexOfInvalidFieldValueChar).
bool fits_header(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
}

bool is_recoverable(const Failure& failure) {
  return failure.kind == Kind::kBadSignature || failure.kind == Kind::kKeyNotFound ||
         failure.kind == Kind::kIssuer;
}

// A token without kid has the kid null in JwtSecurityToken and "" in JsonWebToken (JwtHeader.Kid,
// JsonWebToken.Kid); a key without one always has null. So only the legacy handler finds a key
// without id for a token without kid.
const SigningKey* with_kid(const Configuration& configuration, const CheckInput& input) {
  const std::string kid = input.token.kid.value_or("");
  if (kid.empty() && !input.legacy_handler) {
    return nullptr;
  }
  for (const SigningKey& key : configuration.signing_keys()) {
    if (key.kid == kid) {
      return &key;
    }
  }
  return nullptr;
}

// TokenUtilities.IsRecoverableConfiguration: whether a last-known-good one could help.
bool could_help(const CheckInput& input, const Configuration& current, const Configuration& good,
                Kind kind) {
  if (kind == Kind::kIssuer) {
    return current.issuer() != good.issuer();
  }
  const SigningKey* good_key = with_kid(good, input);
  const SigningKey* current_key = kind == Kind::kBadSignature ? with_kid(current, input) : nullptr;
  return good_key != nullptr &&
         (current_key == nullptr || current_key->thumbprint != good_key->thumbprint);
}

std::optional<Failure> check_with_good(CheckInput& input, const Configuration& current,
                                       const Failure& first, const ConfigurationManager& manager,
                                       const Turn& turn) {
  std::optional<Failure> failure = first;
  if (input.stage != nullptr) {
    *input.stage = {false, true};
  }
  for (const Configuration& good : manager.last_known_good(turn.local)) {
    if (good.generation != current.generation && could_help(input, current, good, first.kind)) {
      input.configuration = &good;
      failure = check_token(input, turn);
      if (!failure) {
        break;
      }
    }
  }
  return failure;
}

class AspnetState final : public ManagedState {
 public:
  explicit AspnetState(const AspnetRules& rules) : rules_(&rules) {}

  [[nodiscard]] std::unique_ptr<ProfileState> clone() const override {
    return std::make_unique<AspnetState>(*this);
  }

 protected:
  [[nodiscard]] const ManagerRules* manager_rules() const override {
    return rules_->manager_rules();
  }
  [[nodiscard]] const ConfigurationManager& manager() const override { return manager_; }

  Answer respond(Turn& turn, const Credentials& credentials, bool explain) override {
    if (rules_->start_fault) {
      return start_failed(*rules_->start_fault);
    }
    BearerToken bearer = bearer_token(credentials, kKestrelHeaders);
    if (bearer.refusal && bearer.refusal->status != 401) {
      return *bearer.refusal;
    }
    if (!rules_->options_error.empty()) {
      return options_failed(rules_->options_error, rules_->options_message);
    }
    if (bearer.refusal) {
      return *bearer.refusal;
    }
    Answer made = rules_->host < kManagedFrom ? merged(turn, bearer, explain)
                                              : managed(turn, bearer, explain);
    if (rules_->has_manager) {
      manager_.finish(turn, rules_->manager);
    }
    made.fetches = turn.fetches;
    return made;
  }

 private:
  [[nodiscard]] Answer accepted(bool explain) const {
    Answer made;
    if (explain) {
      made.because = "signature, lifetime, audience and issuer hold";
    }
    return made;
  }

  [[nodiscard]] Answer unreadable(bool explain) const {
    Failure failure;
    Answer made;
    made.status = 401;
    made.error = "malformed-token";
    made.challenge = challenge(failure, rules_->host);
    if (explain) {
      made.message = "No SecurityTokenValidator available for token.";
      made.because = "no token handler can read this as a JWT";
    }
    return made;
  }

  // Reads a token out of the header; a synthetic one is read already.
  void read(const BearerToken& bearer, TokenReading& reading, const TokenView*& token) const {
    token = bearer.synthetic ? bearer.synthetic.get() : &reading.token;
    if (!bearer.synthetic) {
      reading = rules_->host <= 7 || rules_->legacy_handler
                    ? read_legacy_token(bearer.token, rules_->library)
                    : read_json_web_token(bearer.token, rules_->library);
    }
  }

  Answer refused(const Failure& failure, const TokenView* token, const Turn& turn, bool explain) {
    if (failure.kind == Kind::kKeyNotFound && rules_->refresh_on_unknown_key &&
        rules_->has_manager) {
      manager_.request_refresh(turn, rules_->manager);
    }
    return refuse(failure, *rules_, token, manager_, turn, explain);
  }

  // .NET 7 and older.
  Answer merged(Turn& turn, const BearerToken& bearer, bool explain) {
    const Configuration* configuration = nullptr;
    if (rules_->has_manager) {
      configuration = manager_.get(turn, rules_->manager);
      if (configuration == nullptr) {
        return unreachable(explain);
      }
    }
    TokenReading reading;
    const TokenView* token = nullptr;
    read(bearer, reading, token);
    if (reading.outcome == Outcome::kNotForThisHandler) {
      return unreadable(explain);
    }
    if (reading.outcome == Outcome::kFailed) {
      Failure failure;
      failure.id = reading.error;
      return refused(failure, nullptr, turn, explain);
    }
    CheckInput input{rules_->checks, rules_->library, *token};
    input.configuration = configuration;
    input.merged = true;
    input.legacy_handler = true;
    const auto failure = check_token(input, turn);
    if (failure) {
      return refused(*failure, token, turn, explain);
    }
    const bool reads_dates = rules_->host >= kDatesFrom && !token->unreadable_date.empty();
    return reads_dates ? unreadable_date(token->unreadable_date) : accepted(explain);
  }

  // The handler copies ValidTo and ValidFrom of a token that it has accepted, and they throw.
  static Answer unreadable_date(const std::string& id) {
    Answer made;
    made.status = 500;
    made.error = id;
    made.message = id + ": Error found while parsing date time.";
    made.because = "the token is accepted, and then its exp or nbf is not a date (.NET 6 and 7)";
    return made;
  }

  [[nodiscard]] Answer unreachable(bool explain) const {
    Answer made;
    made.status = 500;
    made.error = "IDX20803";
    if (explain) {
      const FetchFailure& failure = manager_.last_failure();
      made.message = unreachable_message(failure, rules_->library, rules_->manager.metadata_address,
                                         manager_.due_at());
      made.because = "there is no configuration yet and fetching it fails (" + failure.reason + ")";
    }
    return made;
  }

  // .NET 8 and newer.
  Answer managed(Turn& turn, const BearerToken& bearer, bool explain) {
    TokenReading reading;
    const TokenView* token = nullptr;
    read(bearer, reading, token);
    if (reading.outcome == Outcome::kNotForThisHandler) {
      return unreadable(explain);
    }
    if (reading.outcome == Outcome::kFailed) {
      if (rules_->legacy_handler && rules_->has_manager) {
        manager_.get(turn, rules_->manager);  // it reads the token only after that
      }
      Failure failure;
      failure.id = reading.error;
      return refused(failure, nullptr, turn, explain);
    }
    CheckInput input{rules_->checks, rules_->library, *token};
    input.legacy_handler = rules_->legacy_handler;
    const bool decrypts_first = rules_->legacy_handler && token->encrypted;
    const auto failure = rules_->has_manager && !decrypts_first
                             ? check_with_manager(input, manager_, rules_->manager, turn)
                             : check_token(input, turn);
    return failure ? refused(*failure, token, turn, explain) : accepted(explain);
  }

  const AspnetRules* rules_;
  ConfigurationManager manager_;
};

std::string key_reason(const Failure& failure, const TokenView& token, const AspnetRules& rules,
                       const ConfigurationManager& manager, const Turn& turn) {
  const auto& current = manager.current();
  if (!current) {
    return rules.has_manager ? "there is no configuration yet and fetching it fails (" +
                                   manager.last_failure().reason + ")"
                             : "no authority is configured and no key is";
  }
  const std::string kid = token.kid ? "'" + base::printable(*token.kid, 64) + "'" : "(none)";
  const auto age = turn.local - current->fetched_at;
  std::string reason = failure.kind == Kind::kKeyNotFound ? "no cached key fits kid " + kid
                                                          : "the signature does not fit kid " + kid;
  reason += age > base::Duration(0)
                ? ", the key set was fetched " + base::describe_duration(age) + " ago"
                : ", though the key set has just been fetched";
  const base::Instant allowed = manager.refresh_allowed_at(rules.manager);
  if (failure.kind == Kind::kKeyNotFound && allowed > turn.local) {
    reason += "; no forced refresh before " +
              base::format_rfc3339(std::chrono::floor<base::seconds>(allowed));
  }
  return reason;
}

std::string reason_of(const Failure& failure, const TokenView* token, const AspnetRules& rules,
                      const ConfigurationManager& manager, const Turn& turn) {
  const auto time = [](const std::optional<std::int64_t>& seconds) {
    return seconds ? base::format_rfc3339(base::from_unix_seconds(*seconds)) : std::string("never");
  };
  const std::string now = base::format_rfc3339(turn.local);
  switch (failure.kind) {
    case Kind::kKeyNotFound:
    case Kind::kBadSignature:
      return failure.id == "IDX10504" ? "the token has no signature"
                                      : key_reason(failure, *token, rules, manager, turn);
    case Kind::kExpired:
      return "the token ended at " + time(failure.expires) + " and the service's clock says " + now;
    case Kind::kNotYetValid:
      return "the token begins at " + time(failure.not_before) + " and the service's clock says " +
             now;
    case Kind::kNoExpiration:
      return "the token has no exp that can be read";
    case Kind::kLifetime:
      return "the token begins after it ends";
    case Kind::kIssuer:
      if (rules.has_manager && !manager.current()) {
        return "no issuer is known: fetching the configuration fails (" +
               manager.last_failure().reason + ")";
      }
      return "the token's issuer '" + base::printable(token->issuer.value_or(""), 128) +
             "' is not the document's and not a configured one";
    case Kind::kAudience:
      return "none of the token's audiences (" +
             base::printable(base::join(token->audiences, ", "), 128) + ") is a valid one";
    case Kind::kOther:
      break;
  }
  return token == nullptr ? "the token cannot be read" : "the token cannot be validated";
}

}  // namespace

std::optional<Failure> check_with_manager(CheckInput input, ConfigurationManager& manager,
                                          const ManagerRules& rules, Turn& turn) {
  // What the manager holds: another one after a refresh, at the same place.
  const Configuration* current = nullptr;
  const auto load = [&] { input.configuration = current = manager.get(turn, rules); };
  load();
  std::optional<Failure> failure = check_token(input, turn);
  if (!failure) {
    if (current != nullptr) {
      manager.remember_good(*current, turn.local, rules);
    }
    return std::nullopt;
  }
  if (!is_recoverable(*failure) || current == nullptr) {
    return failure;
  }
  const std::uint64_t before = current->generation;
  manager.request_refresh(turn, rules);
  if (input.stage != nullptr) {
    *input.stage = {true, false};
  }
  load();
  if (current->generation != before) {
    failure = check_token(input, turn);
    if (!failure) {
      manager.remember_good(*current, turn.local, rules);
      return std::nullopt;
    }
  }
  return rules.use_last_known_good ? check_with_good(input, *current, *failure, manager, turn)
                                   : failure;
}

Answer refuse(const Failure& failure, const AspnetRules& rules, const TokenView* token,
              const ConfigurationManager& manager, const Turn& turn, bool explain) {
  Answer made;
  made.status = 401;
  made.error = failure.id.empty() ? "malformed-token" : failure.id;
  if (rules.error_details && rules.host > 2 && failure.value && !fits_header(*failure.value)) {
    made.status = 500;
    made.error = "malformed-token";
  } else if (explain) {
    made.challenge = rules.error_details ? challenge(failure, rules.host) : "Bearer";
  }
  if (explain) {
    const auto& current = manager.current();
    const MessageFacts facts{rules.checks, token, current ? current->issuer() : std::string("null"),
                             turn.local};
    made.message = failure_message(failure, rules.library, facts);
    made.because = reason_of(failure, token, rules, manager, turn);
  }
  return made;
}

CachePolicy AspnetRules::cache_policy() const {
  // A token handler that holds the manager asks for a refresh whatever the settings say, and tries
  // again; before, the request that asked is refused.
  using Fetcher = CachePolicy::Fetcher;
  const bool blocking = manager.policy.mode == ManagerPolicy::Mode::kBlocking;
  if (host >= kManagedFrom && blocking) return cache_policy_of(manager_rules(), Fetcher::kRequest);
  const bool fetches = host >= kManagedFrom || refresh_on_unknown_key;
  return cache_policy_of(manager_rules(), fetches ? Fetcher::kBackground : Fetcher::kNobody);
}

std::unique_ptr<ProfileState> AspnetRules::start(const Addresses& /*addresses*/) const {
  return std::make_unique<AspnetState>(*this);
}

}  // namespace idpwatch::validators
