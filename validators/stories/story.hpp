// Stories (idpwatch.story/v1): small worlds on a virtual clock, questions to a validator. Pure on
// bytes. docs/stories.md describes the format.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/validator_settings.hpp"
#include "validators/core/world.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace idpwatch::validators {

// From here on `url` answers so. A key without a path means the whole host, for faults alone;
// nullopt there: the host is well again.
struct Serve {
  std::string url;
  bool whole_host = false;
  std::optional<Served> answer;
};

struct StoryStep {
  base::Duration at{0};
  struct Serving {
    std::vector<Serve> serves;
  };
  struct Starting {};  // or starting again
  struct ClockOff {
    base::Duration by{0};  // local minus true
  };
  struct Asking {
    std::string name;
    std::optional<std::string> authorization;  // the header; nullopt: none
  };
  std::variant<Serving, Starting, ClockOff, Asking> what;
};

// Files as deployed (their names carry the layers) and the environment.
struct Deployed {
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> environment;
};

struct Story {
  std::string id, title, group;
  std::vector<std::string> profiles;  // empty = any
  base::Instant epoch;
  model::ValidatorSettings settings;  // profile, version and variant are empty
  std::optional<Deployed> deployed;   // instead of settings
  std::map<std::string, std::string> tokens;
  std::vector<StoryStep> steps;
};

// kInput with what is wrong and where.
base::Result<Story> load_story(std::string_view json);

// Reads what is deployed for one profile; given by the caller, since deployed/ and validators/ do
// not know each other. `framework`: version of ASP.NET Core around it, may be empty. nullopt: this
// validator cannot be asked.
using DeployedReader = std::function<base::Result<std::optional<model::ValidatorSettings>>(
    const Deployed& deployed, const std::string& profile, const std::string& framework)>;

}  // namespace idpwatch::validators
