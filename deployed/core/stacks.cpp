#include "deployed/core/stacks.hpp"

#include "deployed/dotnet/dotnet_reading.hpp"
#include "deployed/node/node_reading.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::deployed {

namespace {

constexpr std::array<std::string_view, 3> kDotnet{"aspnetcore-jwtbearer", "microsoft-identity-web",
                                                  "openiddict-validation"};

constexpr std::array<std::string_view, 1> kNode{"express-oauth2-jwt-bearer"};

constexpr std::array<Stack, 2> kStacks{{
    {kDotnet,
     "appsettings*.json and other JSON settings of ASP.NET Core, *.deps.json, "
     "*.runtimeconfig.json",
     claims_dotnet, nullptr, read_dotnet},
    {kNode, "package-lock.json", claims_node, claims_node_environment, read_node},
}};

}  // namespace

std::span<const Stack> stacks() { return kStacks; }

const Stack* stack_of(std::string_view profile) {
  for (const Stack& stack : kStacks) {
    if (std::ranges::find(stack.profiles, profile) != stack.profiles.end()) return &stack;
  }
  return nullptr;
}

}  // namespace idpwatch::deployed
