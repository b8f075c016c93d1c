#include "tests/stories/scenarios.hpp"

#include "base/file.hpp"
#include "deployed/story_settings.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
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
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot + folder)) {
    if (entry.path().extension() == ".json") {
      files.push_back(fs::relative(entry.path(), kRoot).string());
    }
  }
  std::sort(files.begin(), files.end());
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

validators::DeployedReader deployed_reader() {
  return [](const validators::Deployed& deployed, const std::string& profile,
            const std::string& framework) -> base::Result<std::optional<model::ValidatorSettings>> {
    std::vector<deployed::DeployedFile> files;
    for (const auto& [name, bytes] : deployed.files) {
      files.push_back({name, bytes, false});
    }
    deployed::Environment environment;
    for (const auto& [name, value] : deployed.environment) {
      environment.push_back({name, value, {}});
    }
    auto read = deployed::settings_of_story(std::move(files), environment, profile, framework);
    if (!read) {
      return base::fail(read.error());
    }
    return std::move(read->settings);
  };
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
