// A bearer token as a validator sees it after reading.
//
// Also the form in which a synthetic token is given: fill in the claims and `parts.signed_by`, and
// every validator takes it as read.
#pragma once

#include "validators/core/signature.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::validators {

struct TokenView {
  bool encrypted = false;
  bool is_signed = true;  // a signature of whatever content stands there
  std::optional<std::string> alg, kid, x5t, typ, enc;
  std::optional<std::string> issuer;
  std::vector<std::string> audiences;
  std::optional<std::int64_t> expires, not_before;  // Unix seconds, as the handler clamps them
  std::optional<std::string> tenant_id, version;    // tid, ver (Entra)
  bool has_scope_or_role = true;                    // scp, roles, role (not scope)
  SignedParts parts;

  // Oddities that show only later:
  bool times_throw = false;           // reading exp or nbf throws (up to 6.x)
  std::string unreadable_date;        // IDX12700, IDX12701: of ValidTo or ValidFrom (up to 6.x)
  bool beyond_dates = false;          // exp or iat lies outside the years 1 to 9999 (7 on)
  bool type_throws = false;           // typ is a list of other things than texts (legacy, 7.3 on)
  bool null_audience = false;         // building the identity throws (legacy handler, 7 on)
  bool signature_unreadable = false;  // no base64url
};

}  // namespace idpwatch::validators
