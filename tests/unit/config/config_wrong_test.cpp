// Every wrong configuration of tests/data/config against the text beside it. After a change that is
// meant: test_config "[update]" writes the texts anew, and the difference is read.
#include "config_world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace idpwatch::config {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(IDPWATCH_TEST_DATA) / "config";

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<fs::path> wrong_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("invalid-") && !name.ends_with(".txt")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string problems_of(const fs::path& file) {
  MemoryWorld memory;
  memory.files["/etc/idpwatch/" + file.filename().string()] = slurp(file);
  memory.files["/etc/idpwatch/empty-secret"] = "\n";
  memory.files["/etc/idpwatch/two-lines"] = "one\ntwo\n";
  memory.files["/etc/idpwatch/token"] = "token\n";
  const auto config = load_config(file.filename().string(), memory.world());
  if (config) return "accepted\n";
  std::string out;
  for (const ConfigProblem& problem : config.error()) out += problem.text() + "\n";
  return out;
}

fs::path golden(fs::path file) { return file.replace_extension(".txt"); }

TEST_CASE("every wrong configuration is told with file, line, what, and how to mend it",
          "[config]") {
  const std::vector<fs::path> files = wrong_files();
  CHECK(files.size() >= 50);
  for (const fs::path& file : files) {
    CAPTURE(file.filename().string());
    CHECK(problems_of(file) == slurp(golden(file)));
  }
}

TEST_CASE("write the golden texts anew", "[.update]") {
  for (const fs::path& file : wrong_files()) {
    std::ofstream(golden(file)) << problems_of(file);
    CHECK(slurp(golden(file)) == problems_of(file));
  }
}

}  // namespace
}  // namespace idpwatch::config
