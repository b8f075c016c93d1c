// Steps the virtual world of a story and asks a simulated validator; compares with a recording.
#pragma once

#include "base/result.hpp"
#include "validators/core/simulation.hpp"
#include "validators/stories/recording.hpp"
#include "validators/stories/story.hpp"

#include <memory>
#include <string>
#include <vector>

namespace idpwatch::validators {

struct StoryAnswer {
  std::string request;
  base::Duration at{0};
  Answer answer;
  std::vector<Answer> elsewhere;  // other answers, at the ends of the drawn ranges
};

// Which validator a story is put to.
struct Asked {
  std::string profile, version, variant;
  std::string framework;  // empty = the version's usual one
};

// The validator of a story: its settings, or what `deployed` reads; null when it cannot be asked
// this. Without a reader, stories about deployed files are kInput.
base::Result<std::shared_ptr<const Validator>> validator_for(const Story& story, const Asked& asked,
                                                             const DeployedReader& deployed,
                                                             std::shared_ptr<DocumentStore> store);

// The answers are those of the middle of every drawn range; `spread` marks those that its ends
// answer otherwise (status or error).
std::vector<StoryAnswer> run_story(const Story& story,
                                   const std::shared_ptr<const Validator>& validator,
                                   const SignatureOracle& oracle = real_signatures(),
                                   bool explain = true);

struct Agreement {
  int requests = 0;
  int status_equal = 0;
  int error_equal = 0;
  int fetches_equal = 0;
  int drawn = 0;                         // among them: equal at an end of a drawn range alone
  std::vector<std::string> differences;  // status and error: "r2: status 200, recorded 401"
  std::vector<std::string> fetch_differences;
};
// An answer agrees if it does so in the middle or at an end of the drawn ranges: what a real
// process drew, nobody can know.
Agreement compare(const std::vector<StoryAnswer>& answers,
                  const std::map<std::string, RecordedAnswer>& recorded);

// Whether a story is meant for this profile.
bool is_for(const Story& story, std::string_view profile);

}  // namespace idpwatch::validators
