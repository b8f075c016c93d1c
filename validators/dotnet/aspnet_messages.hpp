// The words of Microsoft.IdentityModel and JwtBearer: log messages by id and version, and the
// WWW-Authenticate header. Lists of keys, stack traces and tokens are abbreviated ("...").
#pragma once

#include "validators/dotnet/identity_model.hpp"
#include "validators/dotnet/token_checks.hpp"

#include <string>
#include <string_view>

namespace idpwatch::validators {

struct MessageFacts {
  const CheckRules& rules;
  const TokenView* token = nullptr;  // null: it could not be read
  std::string issuer;                // of the configuration in use
  base::Instant local;
};

// What is logged for a failed check, beginning with its id.
std::string failure_message(const Failure& failure, const LibraryTraits& library,
                            const MessageFacts& facts);
// IDX20803 and what stands inside it.
std::string unreachable_message(const FetchFailure& failure, const LibraryTraits& library,
                                std::string_view metadata_address, base::Instant retry_at);

// `host` is the major version of ASP.NET Core; 2 gives no values.
std::string challenge(const Failure& failure, int host);
// Text of a DateTime in the invariant culture: "10/31/2025 12:00:00".
std::string invariant_time(base::Instant at);

}  // namespace idpwatch::validators
