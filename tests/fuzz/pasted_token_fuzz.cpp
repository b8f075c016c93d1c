// Any bytes as something that was pasted: a token is found in it or not, taken apart, and its owner
// told, whatever it is; what is found in a token alone is that token again.
#include "base/assert.hpp"
#include "checks/endpoint/auth_challenge.hpp"
#include "checks/token/pasted_token.hpp"
#include "checks/token/token_owner.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace idpwatch;
  const std::string bytes(data, data + size);
  const checks::PastedToken pasted = checks::read_pasted_token(bytes);
  IDPWATCH_ASSERT(pasted.token.size() <= bytes.size());
  const checks::TokenForm form = checks::read_token_form(pasted.token);
  IDPWATCH_ASSERT(!form.readable() || (form.claims && form.header && form.token));
  const nlohmann::json none = nlohmann::json::object();
  checks::owner_of(form, form.claims ? *form.claims : none);
  if (form.readable())
    IDPWATCH_ASSERT(checks::read_pasted_token(pasted.token).token == pasted.token);
  checks::parse_challenges(bytes);
  return 0;
}
