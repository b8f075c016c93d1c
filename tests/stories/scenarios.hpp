// The recorded scenarios of tests/data, and an oracle that remembers what it verified, since the
// same tokens are asked of two dozen validators.
#pragma once

#include "validators/core/signature.hpp"
#include "validators/stories/recording.hpp"
#include "validators/stories/story.hpp"
#include "validators/stories/story_runner.hpp"

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace idpwatch::test {

std::string scenario_bytes(const std::string& path_below_scenarios);
std::vector<std::string> scenario_files(const std::string& folder);  // sorted, below scenarios

const std::map<std::string, std::string>& story_texts();  // by id, as JSON
validators::Story story(const std::string& json);

struct NamedRecording {
  std::string name;
  validators::Recording recording;
};
const std::vector<NamedRecording>& recordings();

class RememberingOracle final : public validators::SignatureOracle {
 public:
  // Signing inputs that stand for others: a token whose header was changed keeps its signature.
  std::unordered_map<std::string, std::string> originals;

  [[nodiscard]] bool verify(const validators::SigningKey& key, std::string_view algorithm,
                            const validators::SignedParts& parts) const override;

 private:
  mutable std::unordered_map<std::string, bool> known_;
};

}  // namespace idpwatch::test
