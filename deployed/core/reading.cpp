#include "deployed/core/reading.hpp"

#include "deployed/core/format.hpp"
#include "deployed/core/route_facts.hpp"
#include "deployed/core/stacks.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace idpwatch::deployed {

namespace {

std::string what_is_read() {
  std::string out = "read are ";
  for (const Stack& stack : stacks()) out += std::string(stack.files) + ", ";
  return out + "and environment files";
}

base::Error not_read(const DeployedFile& file, const Recognised& recognised) {
  const std::string what = recognised.format == Format::kNotYet
                               ? "this is " + recognised.what + ", which is not read yet"
                               : "not a known kind of deployed configuration";
  return base::make_error(base::ErrorKind::kInput, what, what_is_read()).in(file.path);
}

struct Sorted {
  const Stack* stack = nullptr;  // of the files
  std::vector<DeployedFile> files;
  Environment environment;
  std::vector<Note> notes;
};

base::Status add_environment_file(Sorted& sorted, const DeployedFile& file) {
  auto read = read_environment_file(file.path, file.bytes);
  if (!read) return base::fail(read.error());
  std::ranges::move(read->variables, std::back_inserter(sorted.environment));
  std::ranges::move(read->notes, std::back_inserter(sorted.notes));
  return base::Ok{};
}

base::Status add_file(Sorted& sorted, const DeployedFile& file) {
  const Recognised recognised = recognise(file);
  if (recognised.format == Format::kEnvironmentFile) return add_environment_file(sorted, file);
  if (recognised.format != Format::kOfStack) return base::fail(not_read(file, recognised));
  if (sorted.stack != nullptr && sorted.stack != recognised.stack) {
    if (!file.named) return base::Ok{};  // only lies beside them
    return base::fail(base::make_error(base::ErrorKind::kInput,
                                       "this is a file of another stack than those before it",
                                       "make a deployment of its own of each service")
                          .in(file.path));
  }
  sorted.stack = recognised.stack;
  sorted.files.push_back(file);
  return base::Ok{};
}

const Stack* by_environment(const Environment& environment) {
  for (const Stack& stack : stacks()) {
    if (stack.claims_environment != nullptr && stack.claims_environment(environment)) return &stack;
  }
  return &stacks().front();
}

// The variables of an environment file; nullopt: it is another one.
std::optional<Environment> as_environment(const DeployedFile& file) {
  if (recognise(file).format != Format::kEnvironmentFile) return std::nullopt;
  auto read = read_environment_file(file.path, file.bytes);
  if (!read) return std::nullopt;
  return std::move(read->variables);
}

// A library whose settings are in code: our own configuration gives all of them.
DeployedReading read_declared(const std::vector<DeployedFile>& files,
                              const Environment& environment, const Declared& declared) {
  DeployedReading reading;
  reading.format = "declared";
  Environment variables;
  for (const DeployedFile& file : files) {
    if (auto read = as_environment(file)) {
      std::ranges::move(*read, std::back_inserter(variables));
      continue;
    }
    reading.notes.push_back({NoteKind::kIgnored,
                             file.path + " is not read: no file holds settings of " +
                                 declared.profile + " that we know",
                             {}});
  }
  DeployedValidator validator;
  validator.settings = declared.settings;
  validator.settings.profile = declared.profile;
  validator.settings.version = declared.version;
  validator.settings.variant = declared.variant;
  redact_pinned_keys(validator.settings);
  reading.validators.push_back(std::move(validator));
  variables.insert(variables.end(), environment.begin(), environment.end());
  reading.route = route_variables(variables);
  return reading;
}

}  // namespace

base::Result<DeployedReading> read_deployed(const std::vector<DeployedFile>& files,
                                            const Environment& environment,
                                            const Declared& declared) {
  const Stack* stack = stack_of(declared.profile);
  if (stack == nullptr && !declared.profile.empty()) {
    return read_declared(files, environment, declared);
  }
  Sorted sorted;
  for (const DeployedFile& file : files) {
    if (base::Status done = add_file(sorted, file); !done) return base::fail(done.error());
  }
  sorted.environment.insert(sorted.environment.end(), environment.begin(), environment.end());
  if (stack == nullptr) {
    stack = sorted.stack != nullptr ? sorted.stack : by_environment(sorted.environment);
  }
  Environment route = route_variables(sorted.environment);
  auto reading = stack->read({std::move(sorted.files), std::move(sorted.environment), declared});
  if (reading) {
    reading->notes.insert(reading->notes.begin(), std::make_move_iterator(sorted.notes.begin()),
                          std::make_move_iterator(sorted.notes.end()));
    reading->route = std::move(route);
  }
  return reading;
}

}  // namespace idpwatch::deployed
