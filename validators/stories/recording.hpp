// Recordings (idpwatch.recording/v1): what one real validator answered to many stories.
#pragma once

#include "base/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::validators {

struct RecordedAnswer {
  int status = 0;
  std::string error;  // empty = none
  int discovery_fetches = 0, key_fetches = 0;
  bool arrivals = false;  // what never reached the authority is not counted
  std::string challenge;
};

struct Recording {
  std::string profile, version, variant;
  std::map<std::string, std::map<std::string, RecordedAnswer>> answers;  // story, request
  std::map<std::string, std::string> not_applicable;
};

base::Result<Recording> load_recording(std::string_view json);

}  // namespace idpwatch::validators
