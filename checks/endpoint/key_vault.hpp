// Azure Key Vault's challenge and the tokens that people bring to it. Pure.
// Source: Microsoft Learn, "Authentication, requests and responses" of Key Vault; the error texts
// AKV10022 and AKV10032.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::checks {

// The resource of a vault of that cloud: "https://vault.azure.net".
bool is_vault_resource(std::string_view resource);
// The token's audience is one that the vault accepts: its resource, or its own application id.
bool fits_vault(std::string_view audience, std::string_view resource);
// Why it does not, as a clause.
std::string vault_mix_up(std::string_view audience, std::string_view resource,
                         std::string_view host);

}  // namespace idpwatch::checks
