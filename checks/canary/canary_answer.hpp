// What a token endpoint's answer means, in our words: a token, or why our own client got none. It
// never says anything about the service whose canary it is. Pure.
//
// Sources: RFC 6749 section 5.2, RFC 6585 section 4; Microsoft Learn "Microsoft Entra
// authentication and authorization error codes" (AADSTS) and "How to use managed identities on an
// Azure VM" (error handling); Auth0 "Client credentials flow"; Google Cloud "About VM metadata".
#pragma once

#include "base/time.hpp"
#include "model/observation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::checks {

enum class CanaryTrouble {
  kSecretExpired,
  kSecretWrong,
  kClientUnknown,  // no such application or client there, or it is disabled
  kClientRefused,  // wrong secret, or no such client: the endpoint does not say which
  kNotAllowed,     // known, and not allowed this grant or this API
  kAssertionTime,  // our clock: the assertion is over, or not valid yet
  kAssertionKey,   // signed by a key or certificate that it does not know, or that expired
  kFederation,     // the platform's token matches no federated credential
  kScope,          // the scope or the API is not known there
  kTenant,         // the tenant is not known
  kThrottled,      // 429: we, or our tenant, ask too often
  kNoIdentity,     // the platform has no such identity here
  kOtherPlatform,  // what answered is no such endpoint
  kBadRequest,     // it did not understand us
  kUnavailable,    // 5xx
  kUnreachable,    // no answer
  kNoToken,        // 200, and no token in it
  kNotReadable,    // a file of ours
  kOver,           // the token that came, or stands in the file, has expired
  kNoEndpoint,     // it is not known where to ask
};

struct CanaryFailure {
  CanaryTrouble trouble = CanaryTrouble::kUnavailable;
  int status = 0;      // 0: no answer
  std::string code;    // "AADSTS7000222"; else the OAuth error
  std::string detail;  // what it said, cut, secrets taken out
  std::optional<base::Duration> retry_after;
  std::optional<base::Duration> clock_ahead;  // its Date minus our time
};

struct CanaryReply {
  int status = 0;
  std::string_view body;
  std::optional<model::Failure> failure;
  std::string_view retry_after, date;  // headers; empty: absent
};

// The token of a good answer goes to `token`.
std::optional<CanaryFailure> read_canary_reply(const CanaryReply& reply, bool bare_token,
                                               bool metadata,
                                               const std::vector<std::string>& secrets,
                                               base::Instant now, std::string& token);

// A text without those secrets and without anything that looks like a token.
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace idpwatch::checks
