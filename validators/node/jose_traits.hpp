// What changed between releases of jose (panva/jose), as data. Sources: the packages 4.0.0, 4.6.0,
// 4.7.0, 4.15.9, 5.0.0, 5.10.0, 6.0.0, 6.2.0, 6.2.10 and 6.2.18; recordings of 4.15.9, 5.10.0 and
// 6.2.18.
#pragma once

#include "base/time.hpp"
#include "validators/core/cause.hpp"
#include "validators/core/library_version.hpp"

#include <string>

namespace idpwatch::validators {

struct JoseTraits {
  base::Duration max_age{0};  // default of cacheMaxAge
  bool web_crypto = false;    // no ES256K and no Ed448; the time-out spans the whole exchange
  bool strict = false;        // metadata of keys, base64url, UTF-8, and blank issuers
  bool type_first = false;    // typ is looked at before the payload is
  bool ed25519_name = false;  // the alg "Ed25519"
  unsigned reader = 0;        // equal for two versions that read key sets alike
};

JoseTraits jose_traits(Version version);

// A refusal, by what jose throws.
struct JoseError {
  std::string id;    // ours
  std::string code;  // its `code`, or the name of the error
  std::string message;
  Cause cause = Cause::kOther;
};

}  // namespace idpwatch::validators
