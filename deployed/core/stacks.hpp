// What a stack (a folder beside this one) brings to read its deployed files, and the table of them.
// Pure.
#pragma once

#include "base/result.hpp"
#include "deployed/core/declared.hpp"
#include "deployed/core/deployed_environment.hpp"
#include "deployed/core/deployed_file.hpp"
#include "deployed/core/deployed_reading.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::deployed {

// Whether a file is one of a stack's. By content: only if nothing else claims it by its name or by
// words that only another format has.
enum class Claim { kNone, kByContent, kByName };

struct StackFiles {
  std::vector<DeployedFile> files;  // those that the stack claims, in the order in which they came
  Environment environment;          // of environment files and of what is known of the process
  const Declared& declared;
};

struct Stack {
  std::span<const std::string_view> profiles{};  // of its validators; the first where nothing says
  std::string_view files{};                      // what it reads, for people
  // Names (patterns) of files that nobody has to name, since they lie beside those that are named,
  // or beside an environment file: they tell the version of the library that decides.
  std::span<const std::string_view> beside_files{}, beside_environment_files{};
  Claim (*claims)(const DeployedFile& file) = nullptr;
  // By variables alone that no other stack reads; null: none are.
  bool (*claims_environment)(const Environment& environment) = nullptr;
  // Errors are files that are refused; whatever fails the service itself is a start fault.
  base::Result<DeployedReading> (*read)(const StackFiles& files) = nullptr;
};

// The first is taken where neither files nor profile say which.
[[nodiscard]] std::span<const Stack> stacks();
// nullptr: all that is known of that profile is what our own configuration says.
[[nodiscard]] const Stack* stack_of(std::string_view profile);

}  // namespace idpwatch::deployed
