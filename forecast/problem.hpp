// What was found wrong, before it is put into words: one refusal, when, how surely, and why. Pure
// values.
#pragma once

#include "base/time.hpp"
#include "model/finding.hpp"
#include "model/validator_settings.hpp"
#include "validators/core/cause.hpp"
#include "validators/core/world.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::forecast {

struct NextRotation;
struct TokenFacts;

// The same rule under the other condition: one finding tells of both.
struct OtherAnswer {
  model::Condition condition = model::Condition::kRestarted;
  model::Certainty certainty = model::Certainty::kCertain;
  model::Window window;
  int status = 0;
  std::string error;
};

// What a service that is restarted now meets.
struct RestartAnswer {
  std::string answer;                  // "answers 500 (CODE)", "does not start"
  std::string tokens;                  // "tokens signed with key 'a'"; empty: all
  std::optional<base::Instant> until;  // null: until it is fixed
  std::string url;                     // what cannot be fetched
};

struct Problem {
  std::string rule;
  model::Condition condition = model::Condition::kRunning;
  model::Certainty certainty = model::Certainty::kCertain;
  model::Window window;
  // The last first refusal among the likely unknowns; window.latest is that among all.
  std::optional<base::Instant> likely_by;
  bool mostly_over = false;  // possible only because the usual process was refused and is over it
  double chance = 1;         // of the usual processes, at most so many are refused
  bool slight = false;       // worth knowing and no more (slightness.hpp)
  int status = 0;
  std::string error, message, because;
  validators::CauseDetail detail = validators::CauseDetail::kNone;
  std::string key, kid;           // of the refused tokens' signer; the key by its thumbprint
  std::vector<std::string> also;  // kids of others that may have signed them
  bool never_reached = false;     // from here: what the service meets is not known
  bool document_gone = false;     // what is published now cannot be fetched
  bool disagreed = false;         // the authority's nodes do about this key
  // What could not be fetched can be again, since then: who started before has not asked again.
  std::optional<base::Instant> well_since;
  std::string key_of;       // the other watched authority that publishes it
  std::string url, answer;  // what a fetch met
  std::shared_ptr<const validators::Meeting> meeting;  // as this client alone meets it
  std::string brought, accepts;                        // by the token, and by the validator
  bool authority_ahead = false;                        // of two clocks
  bool without_not_before = false;                     // tokens that have none are not refused
  // The authority changed its issuer; `brought` is the former or the new one, `accepts` the other.
  enum class IssuerMove { kNone, kNewRefused, kFormerRefused } issuer_move = IssuerMove::kNone;
  // Of an issuer that is not accepted: whose it is, as far as is known. Neither: another spelling
  // or version of the same authority.
  bool another_authority = false;
  bool another_host = false;  // the same authority under another address
  model::Origin origin;       // the setting to change
  // Set for what a rotation will do that nobody has seen yet.
  std::shared_ptr<const NextRotation> foreseen;
  std::optional<OtherAnswer> other;
  std::shared_ptr<const TokenFacts> callers;  // whose tokens; null: those of the view
  std::optional<RestartAnswer> restart;       // null: a service that is restarted now is well
};

// critical = refused now or certainly within the hour; error = certainly or likely within a day;
// info = slight; else warning. Only if restarted: warning, unless the start alone is asked about
// (`check`).
model::Severity severity_of(const Problem& problem, base::Instant now, bool start_alone = false);
// From another vantage nothing about reaching the authority is certain, nor what one client alone
// meets; where that may be better than is told, it is possible.
void limit_certainty(Problem& problem, bool reaching);
// When the severity changes, or the window ends, by the passing of time alone.
std::optional<base::Instant> next_change(const Problem& problem, base::Instant now);

}  // namespace idpwatch::forecast
