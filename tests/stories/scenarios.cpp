#include "tests/stories/scenarios.hpp"

#include "base/file.hpp"
#include "cli/story_files.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

namespace idpwatch::test {
namespace fs = std::filesystem;

namespace {
const std::string kRoot = std::string(IDPWATCH_TEST_DATA) + "/scenarios/";
}

std::string scenario_bytes(const std::string& path_below_scenarios) {
  auto bytes = base::read_file(kRoot + path_below_scenarios);
  REQUIRE(bytes);
  return *bytes;
}

std::vector<std::string> scenario_files(const std::string& folder) {
  const auto paths = cli::story_paths(kRoot + folder);
  REQUIRE(paths);
  std::vector<std::string> files;
  for (const std::string& path : *paths) files.push_back(path.substr(kRoot.size()));
  return files;
}

validators::Story story(const std::string& json) {
  auto loaded = validators::load_story(json);
  INFO((loaded ? std::string() : loaded.error().text()));
  REQUIRE(loaded);
  return *loaded;
}

const std::map<std::string, std::string>& story_texts() {
  static const std::map<std::string, std::string> kTexts = [] {
    std::map<std::string, std::string> texts;
    for (const std::string& file : scenario_files("stories")) {
      std::string json = scenario_bytes(file);
      texts[story(json).id] = std::move(json);
    }
    return texts;
  }();
  return kTexts;
}

const std::vector<NamedRecording>& recordings() {
  static const std::vector<NamedRecording> kRecordings = [] {
    std::vector<NamedRecording> loaded;
    for (const std::string& file : scenario_files("recordings")) {
      auto recording = validators::load_recording(scenario_bytes(file));
      REQUIRE(recording);
      loaded.push_back({fs::path(file).stem().string(), *recording});
    }
    return loaded;
  }();
  return kRecordings;
}

bool RememberingOracle::verify(const validators::SigningKey& key, std::string_view algorithm,
                               const validators::SignedParts& parts) const {
  validators::SignedParts asked = parts;
  if (const auto original = originals.find(parts.signing_input); original != originals.end()) {
    asked.signing_input = original->second;
  }
  std::string what = std::to_string(static_cast<int>(key.kind)) + key.crv + '|' + key.n + key.e +
                     key.x + key.y + key.secret + '|' + std::string(algorithm) + '|' +
                     asked.signature + '|' + asked.signing_input;
  const auto [known, fresh] = known_.try_emplace(std::move(what), false);
  if (fresh) {
    known->second = validators::real_signatures().verify(key, algorithm, asked);
  }
  return known->second;
}

}  // namespace idpwatch::test
