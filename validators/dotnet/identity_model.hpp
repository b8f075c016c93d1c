// What changed between releases of Microsoft.IdentityModel (the library that decides inside ASP.NET
// Core's JwtBearer, Microsoft.Identity.Web and OpenIddict), as data. Sources: the library's tags
// 5.3.0 to 8.1.2 read file by file, recordings of real runs for 8.16 to 8.23, docs/validators.md.
#pragma once

#include "base/time.hpp"
#include "validators/core/library_version.hpp"
#include "validators/dotnet/dotnet_base64.hpp"
#include "validators/dotnet/dotnet_json.hpp"

#include <string_view>

namespace idpwatch::validators {

// The policies of the ConfigurationManager, which caches discovery document and key set as one.
struct ManagerPolicy {
  base::Duration automatic = base::hours(12);  // default AutomaticRefreshInterval
  base::Duration refresh = base::minutes(5);   // default RefreshInterval
  enum class Jitter {
    kNone,
    kOnceMinutes,   // 6.12.1, 6.12.2: 0 to 59 min, drawn once, part of the interval
    kEachMinutes,   // 6.26 to 6.30: 0 to 59 min at each refresh
    kEachTwentieth  // from 6.31: 0 to 5 % of the interval at each refresh
  };
  Jitter jitter = Jitter::kEachTwentieth;
  bool first_forced_free = true;  // the first RequestRefresh of a process is never throttled
  enum class Bootstrap {
    kFixed,        // after a failed first fetch: nothing for min(automatic, refresh)
    kExponential,  // random, bound doubling from 1 s, then fixed
    kNone          // every request tries again
  };
  Bootstrap bootstrap = Bootstrap::kNone;
  enum class Mode {
    kBlocking,    // a due refresh is done by the request that meets it
    kBackground,  // on another thread; the request goes on with what is cached
    // 8.0.2 to 8.1.0: background, but the guard against a second task never holds, and after any
    // refresh, good or bad, the next one is due after min(automatic, refresh).
    kBackgroundFaulty
  };
  Mode mode = Mode::kBackground;
};

struct LibraryTraits {
  Version version;
  ManagerPolicy cache;
  JsonDialect json;
  // How 7.0 and newer read documents: from 7.4 on each value leaves the reader behind it.
  bool reader_advances = true;
  bool acr_needs_follower = false;  // 8.0.0, 8.0.1: acr_values_supported must not stand last
  Base64Rules key_base64;           // members of keys; signatures of the legacy handler
  Base64Rules segment_base64;       // header and payload, JsonWebToken
  Base64Rules signature_base64;     // JsonWebToken
  bool empty_payload_is_object = false;
  bool numeric_subject = true;         // `sub` may be a number (7.0 to 7.0.3: not)
  bool checks_types = true;            // JwtSecurityTokenHandler looks at ValidTypes from 6.5 on
  bool header_lists_text = true;       // a list or object in the header is its JSON; before 7.3, ""
  bool names_malformed_parts = false;  // IDX14101, IDX14120 and so on instead of IDX14100 alone
  bool retries_503 = false;
  enum class UnknownKid {
    kAtOnce,         // IDX10501
    kAfterLifetime,  // 6.10 to 6.27: IDX10501, or IDX10516 when lifetime or issuer fail
    kAfterClaims     // from 6.28: lifetime, issuer, audience first; then IDX10503 or IDX10500
  };
  UnknownKid unknown_kid = UnknownKid::kAfterClaims;
  std::string_view missing_kid_error;         // IDX10503, from 7.2 IDX10517
  bool missing_kid_is_bad_signature = false;  // up to 6.7: no refresh follows from it
  bool checks_key_size = false;               // up to 6.8, when verifying
  bool audience_slash = true;                 // one trailing slash is ignored on either side
  bool audience_empty_error = true;           // IDX10206 for a token without audience
  bool empty_issuers_are_none = true;         // IDX10204 for an empty list of them, from 6.13 on
  bool has_try_all_keys = true;               // TryAllIssuerSigningKeys, ValidAlgorithms
  bool names_key_location = true;  // a key without id then breaks the message (6.15.1 on)
  bool scrubs_audience = false;    // IDX10214 without the values
  bool reads_akp = false;
  std::string_view encrypted_token_error;  // JsonWebTokenHandler, RSA key wrapping
  std::string_view refresh_interval_error, automatic_interval_error;
  unsigned reader = 0;  // equal for two versions that read documents alike
};

// `blocking`: Switch.Microsoft.IdentityModel.UpdateConfigAsBlocking (8.4 on; ignored before).
LibraryTraits library_traits(Version version, bool blocking);

}  // namespace idpwatch::validators
