// ASP.NET Core's JwtBearer handler around Microsoft.IdentityModel: profile `aspnetcore-jwtbearer`.
//
// Up to .NET 7 it fetches the configuration itself (500 when that fails), copies issuer and keys
// into the parameters and uses JwtSecurityTokenHandler. From .NET 8 on the token handler
// (JsonWebTokenHandler, or the old one with UseSecurityTokenValidators) holds the manager: it
// tries again after a refresh, and with last-known-good configurations.
#pragma once

#include "validators/dotnet/aspnet_messages.hpp"
#include "validators/dotnet/identity_model.hpp"
#include "validators/dotnet/managed_state.hpp"

namespace idpwatch::validators {

struct AspnetRules final : ProfileRules {
  LibraryTraits library;
  ManagerRules manager;
  CheckRules checks;
  int host = 8;  // major version of ASP.NET Core
  bool legacy_handler = false;
  bool has_manager = false;
  bool refresh_on_unknown_key = true;
  bool error_details = true;
  std::optional<model::StartFault> start_fault;
  std::string options_error;  // every request throws with this id: the options cannot be made
  std::string options_message;

  [[nodiscard]] std::unique_ptr<ProfileState> start(const Addresses& addresses) const override;
  [[nodiscard]] const ManagerRules* manager_rules() const {
    return has_manager ? &manager : nullptr;
  }
  [[nodiscard]] CachePolicy cache_policy() const;
};

// The IM version that comes with a version of the framework, where nothing newer was installed.
Version library_of_framework(Version framework);
// The other way round: "8.0" for a library version and variant ("host7" names its own).
std::string usual_framework(std::string_view library, std::string_view variant);

// The parts that Microsoft.Identity.Web shares: library, manager and checks from settings.
base::Result<std::shared_ptr<AspnetRules>> compile_aspnet_rules(
    const model::ValidatorSettings& settings, Version library, std::vector<std::string>& notes);
base::Result<CompiledProfile> compile_aspnet(const model::ValidatorSettings& settings);

// ValidateTokenAsync of a token handler that holds a manager. nullopt: valid.
std::optional<Failure> check_with_manager(CheckInput input, ConfigurationManager& manager,
                                          const ManagerRules& rules, Turn& turn);

// The answer to a failed check: 401 with its challenge.
Answer refuse(const Failure& failure, const AspnetRules& rules, const TokenView* token,
              const ConfigurationManager& manager, const Turn& turn, bool explain);

}  // namespace idpwatch::validators
