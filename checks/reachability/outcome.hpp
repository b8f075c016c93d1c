// How the fetch of one document ended, as the rules divide it. Pure.
#pragma once

#include "checks/authority_view.hpp"
#include "model/observation.hpp"

#include <array>
#include <string_view>

namespace idpwatch::checks {

enum class Outcome {
  kNotAsked,
  kAnswered,           // 2xx or 304: the content is another rule's
  kCertificate,        // tls-invalid
  kRedirectLoop,       // redirect-loop
  kRedirectDowngrade,  // redirect-downgrade
  kOurs,               // this host could not ask: nothing is known
  kSilent,             // authority-unreachable: everything else
};

Outcome outcome(const std::optional<model::Fetch>& fetch);

// One of the two documents of an authority.
struct Part {
  std::string_view name;                    // "discovery document", "key set"
  const model::Fetch* fetch = nullptr;      // null: not asked
  const model::Failure* failure = nullptr;  // null: none
  const model::TlsFacts* tls = nullptr;     // null: no handshake got so far
  Outcome outcome = Outcome::kNotAsked;
  std::optional<base::Instant> last_good;
};

std::array<Part, 2> parts(const AuthorityView& view);

// Of a part that is kSilent: that is so because of what idpwatch is, does or is allowed, and says
// little of what services meet.
bool is_for_us_alone(const model::Fetch& fetch);

// Nothing ever came from there, and no packet does now: a policy may let services out and not
// idpwatch. Says something about here first.
bool never_reached(const std::array<Part, 2>& both);
// No connection came about, and nothing said why.
bool is_dropped(const model::Fetch& fetch);

// Of a part that is kSilent: the kind of the observation record. A status without a failure is
// kHttp.
model::FailureKind silent_kind(const model::Fetch& fetch);

}  // namespace idpwatch::checks
