#include "cli/story_files.hpp"

#include "base/file.hpp"
#include "deployed/dotnet/story_settings.hpp"

#include <algorithm>
#include <filesystem>

namespace idpwatch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kStoryBytesMax = 64UL * 1024 * 1024;
constexpr std::size_t kStoriesMax = 100'000;

}  // namespace

base::Result<std::vector<std::string>> story_paths(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    return std::vector<std::string>{path};
  }
  std::vector<std::string> paths;
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_regular_file(error) && entry->path().extension() == ".json") {
      paths.push_back(entry->path().string());
    }
    if (paths.size() > kStoriesMax) {
      return base::fail(base::ErrorKind::kUsage, path + " holds more than 100,000 files");
    }
  }
  if (error) {
    return base::fail(base::ErrorKind::kUnreadable, path + ": " + error.message());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

base::Result<std::vector<validators::Story>> read_stories(const std::vector<std::string>& paths) {
  std::vector<validators::Story> stories;
  for (const std::string& path : paths) {
    const auto files = story_paths(path);
    if (!files) {
      return base::fail(files.error());
    }
    for (const std::string& file : *files) {
      const auto bytes = base::read_file(file, kStoryBytesMax);
      if (!bytes) {
        return base::fail(bytes.error());
      }
      auto story = validators::load_story(*bytes);
      if (!story) {
        return base::fail(std::move(story.error()).in(file));
      }
      stories.push_back(std::move(*story));
    }
  }
  if (stories.empty()) {
    return base::fail(base::ErrorKind::kUsage, "no story in what was given",
                      "name a story's file or a folder of them");
  }
  return stories;
}

validators::DeployedReader deployed_reader() {
  return [](const validators::Deployed& deployed, const std::string& profile,
            const std::string& framework) -> base::Result<std::optional<model::ValidatorSettings>> {
    std::vector<deployed::DeployedFile> files;
    files.reserve(deployed.files.size());
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

}  // namespace idpwatch::cli
