// What `idpwatch explain` finds: about the token itself, its signature, and of each deployed
// validator every check in the order in which that validator makes them. Plain values.
#pragma once

#include "base/time.hpp"
#include "checks/token/pasted_token.hpp"
#include "checks/token/token_form.hpp"
#include "checks/token/token_owner.hpp"
#include "model/finding.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::explain {

enum class CheckName {
  kForm,
  kAlgorithm,
  kKey,
  kSignature,
  kType,
  kIssuer,
  kAudience,
  kLifetime,
  kScope
};
enum class CheckOutcome { kOk, kRefused, kUnknown, kNotChecked };
std::string_view to_text(CheckName name);        // "form"
std::string_view to_text(CheckOutcome outcome);  // "not-checked"

struct CheckLine {
  CheckName name = CheckName::kForm;
  CheckOutcome outcome = CheckOutcome::kUnknown;
  bool logged = false;        // this is the one that the service logs
  bool reached = true;        // false: an earlier one refuses before it
  std::string token, config;  // both values; empty: there is none
  std::string difference;     // where they differ, or why it is refused
  std::string would_log;      // an error id, of one that is not reached
  model::SourceRef source;
};

// What the key set says of the signature, without regard to any validator.
struct SignatureFact {
  enum class Is {
    kNotSigned,   // alg none, or no third part
    kSymmetric,   // HS256 and its like: no key set may hold that key
    kNoKeys,      // no key set is known, or it is empty
    kUnknownKid,  // none of the set's keys has that kid
    kValid,
    kOtherKey,     // valid by a key of the set with another kid, or with none
    kWrong,        // the key with that kid does not fit
    kUnsupported,  // an algorithm that nobody verifies here
  };
  Is is = Is::kNoKeys;
  std::string kid;  // of the key that fits
  std::string thumbprint;
  std::size_t keys = 0;           // in the set
  std::vector<std::string> kids;  // the first few of the set
  bool nonce_proved = false;      // it fits once the header's nonce is hashed
  std::size_t tried = 0;          // verifications made: what it cost
};

// What our history or another address knows of a key that the set does not hold.
struct KeyElsewhere {
  std::string text;     // one sentence
  bool former = false;  // it was in the set before: valid when issued
  // Entra keeps it with the metadata of one application, at this address; empty otherwise.
  std::string metadata_url;
  bool nowhere = false;  // that address does not show it either
};

struct ValidatorRef {
  std::string profile, version, variant;
};

struct ValidatorExplanation {
  std::string deployment;  // "orders-api#Bearer"; empty: judged against the authority alone
  std::string authority;
  std::optional<ValidatorRef> validator;
  std::optional<bool> accepted;  // nullopt: cannot be determined
  int status = 0;
  std::string error_id, error_message;
  std::vector<std::string> warnings;
  std::vector<CheckLine> checks;
  std::string remedy;
  std::string why_unknown;
};

struct Explanation {
  base::Instant now;     // by this host's clock, or the instant asked about
  bool at_past = false;  // --at
  checks::PastedToken pasted;
  checks::TokenForm form;
  checks::TokenOwner owner;
  std::string as_sent;             // what surrounds it does when it is sent so
  std::vector<std::string> times;  // sentences
  std::vector<std::string> notes;  // sentences: limits, oddities
  std::vector<ValidatorExplanation> results;
  bool redact = false;
};

}  // namespace idpwatch::explain
