#include "deployed/core/stacks.hpp"

#include "deployed/dotnet/dotnet_reading.hpp"
#include "deployed/node/node_reading.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::deployed {

namespace {

constexpr std::array<std::string_view, 3> kDotnet{"aspnetcore-jwtbearer", "microsoft-identity-web",
                                                  "openiddict-validation"};

constexpr std::array<std::string_view, 2> kDotnetBuild{"*.deps.json", "*.runtimeconfig.json"};

constexpr std::array<std::string_view, 1> kNode{"express-oauth2-jwt-bearer"};
constexpr std::array<std::string_view, 1> kNodeLock{"package-lock.json"};

constexpr std::array kStacks{
    Stack{.profiles = kDotnet,
          .files = "appsettings*.json and other JSON settings of ASP.NET Core, *.deps.json, "
                   "*.runtimeconfig.json",
          .beside_files = kDotnetBuild,
          .claims = claims_dotnet,
          .read = read_dotnet},
    Stack{.profiles = kNode,
          .files = "package-lock.json",
          .beside_environment_files = kNodeLock,
          .claims = claims_node,
          .claims_environment = claims_node_environment,
          .read = read_node},
};
static_assert(std::ranges::all_of(kStacks, [](const Stack& stack) {
  return !stack.profiles.empty() && !stack.files.empty() && stack.claims != nullptr &&
         stack.read != nullptr;
}));

}  // namespace

std::span<const Stack> stacks() { return kStacks; }

const Stack* stack_of(std::string_view profile) {
  for (const Stack& stack : kStacks) {
    if (std::ranges::find(stack.profiles, profile) != stack.profiles.end()) return &stack;
  }
  return nullptr;
}

}  // namespace idpwatch::deployed
