// Any files as a deployment: they are read or refused, within bounds. The input is a list of files
// separated by the byte 0x1E, each with its name on the first line; a file named "=" holds
// variables NAME=VALUE that are handed over as the process's environment.
#include "base/assert.hpp"
#include "base/text.hpp"
#include "deployed/core/process_start.hpp"
#include "deployed/core/reading.hpp"
#include "deployed/dotnet/story_settings.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace idpwatch;

struct Input {
  std::vector<deployed::DeployedFile> files;
  deployed::Environment environment;
};

Input split_input(std::string_view bytes) {
  constexpr std::size_t kMostFiles = 8;
  Input input;
  for (const std::string_view part : base::split(bytes, '\x1E')) {
    if (input.files.size() == kMostFiles) break;
    const std::size_t line = part.find('\n');
    if (line == std::string_view::npos) continue;
    const std::string name(part.substr(0, line));
    const std::string content(part.substr(line + 1));
    if (name == "=") {
      const auto read = deployed::read_environment_file(name, content);
      if (read) input.environment = read->variables;
    } else {
      input.files.push_back({name, content, name.size() % 2 == 0});
    }
  }
  return input;
}

void check(const deployed::DeployedReading& reading) {
  for (const deployed::DeployedValidator& validator : reading.validators) {
    IDPWATCH_ASSERT(!validator.settings.profile.empty());
    for (const deployed::Note& note : validator.notes) IDPWATCH_ASSERT(!note.text.empty());
    for (const std::string& key : validator.settings.pinned_keys.value()) {
      IDPWATCH_ASSERT(key.find("\"k\"") == std::string::npos ||
                      key.find("\"k\":\"redacted-") != std::string::npos);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  const Input input = split_input(bytes);
  const auto reading = deployed::read_deployed(input.files, input.environment, {});
  if (reading) {
    check(*reading);
  } else {
    IDPWATCH_ASSERT(!reading.error().message.empty());
  }
  for (const char* host : {"", "6.0.24", "7.0.11", "8.0.11"}) {
    (void)deployed::settings_of_story(input.files, input.environment, "aspnetcore-jwtbearer", host);
  }
  (void)deployed::settings_of_story(input.files, input.environment, "microsoft-identity-web", "");
  (void)deployed::parse_proc_stat(bytes);
  (void)deployed::parse_pid_file(bytes);
  (void)deployed::parse_systemctl_show(bytes);
  return 0;
}
