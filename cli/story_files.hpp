// Stories and recordings out of files and folders, and the reader of what a story deploys.
#pragma once

#include "base/result.hpp"
#include "validators/stories/story.hpp"

#include <string>
#include <vector>

namespace idpwatch::cli {

// The file itself, or the *.json below a folder, sorted. kUnreadable, or kUsage for far too many.
base::Result<std::vector<std::string>> story_paths(const std::string& path);

// Each argument is a story or a folder of them (read through, sorted by path, *.json). Errors name
// the file.
base::Result<std::vector<validators::Story>> read_stories(const std::vector<std::string>& paths);

// deployed/'s readers for the files and variables inside a story.
validators::DeployedReader deployed_reader();

}  // namespace idpwatch::cli
