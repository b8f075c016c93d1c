// Which request fetches a canary's token: the form of OAuth 2.0 client credentials, or the one that
// a cloud's metadata endpoint documents. Values in, values out; it holds secrets, and is never
// logged. Pure.
//
// Sources: RFC 6749 sections 2.3.1 and 4.4, RFC 7523 section 2.2, RFC 8707; Microsoft Learn "How to
// use managed identities on an Azure VM to acquire an access token" and "Managed identities for App
// Service: REST endpoint reference"; Google Cloud "Obtaining instance identity tokens".
#pragma once

#include "base/result.hpp"
#include "model/canary.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::checks {

// The identity endpoint of App Service, out of the environment of the process that may use it.
struct PlatformEndpoint {
  std::string url, header;
};

struct CanaryProof {
  std::string assertion;        // signed by us, or a token of the platform; empty: none
  bool secret_in_body = false;  // else in the Authorization header
};

struct CanaryRequest {
  bool post = false;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // The platform's own endpoint: on a link-local address, never by a proxy, and the answer of
  // Google's is the token itself.
  bool metadata = false;
  bool bare_token = false;
};

// `token_endpoint`: of the authority, where the canary gives no token_url; empty: not known yet.
// Not for a token_file. kNotFound: the address is not known.
base::Result<CanaryRequest> canary_request(const model::CanarySpec& canary,
                                           const std::string& token_endpoint,
                                           const std::optional<PlatformEndpoint>& platform,
                                           const CanaryProof& proof);

// The two first parts of a client assertion (RFC 7523 section 3), to be signed.
struct AssertionClaims {
  std::string client_id, audience, id;
  std::int64_t issued_at = 0;  // Unix seconds
};
inline constexpr std::int64_t kAssertionSeconds = 300;

struct AssertionHeader {
  std::string alg;
  std::optional<std::string> kid;
  std::string x5t, x5t_s256;  // base64url; empty: none
};
std::string assertion_signing_input(const AssertionHeader& header, const AssertionClaims& claims);

// application/x-www-form-urlencoded.
std::string form_encode(std::string_view text);

}  // namespace idpwatch::checks
