// What is read of a deployment on disk.
#include "watch/deployed_files.hpp"

#include "base/text.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

using namespace idpwatch;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "idpwatch-deployed-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string write(const std::string& name) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << "{}";
    return (path_ / name).string();
  }
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }

 private:
  fs::path path_;
};

std::vector<std::string> names_of(const watch::DeployedOnDisk& read) {
  std::vector<std::string> names;
  for (const auto& file : read.files) names.push_back(fs::path(file.path).filename().string());
  return names;
}

}  // namespace

TEST_CASE("artefacts are looked for beside the files that are there, and only there", "[replays]") {
  const Folder folder;
  config::DeploymentConfig deployment;
  deployment.files = {folder.write("orders/appsettings.json"), folder / "orders/layers/*.json",
                      folder / "elsewhere/*.json"};
  folder.write("orders/Orders.deps.json");
  folder.write("other/Other.deps.json");
  using Names = std::vector<std::string>;
  CHECK(names_of(watch::read_from_disk(deployment)) ==
        Names{"appsettings.json", "Orders.deps.json"});

  // A pattern that matches brings its own folder in; one that matches nothing brings none.
  folder.write("orders/layers/more.json");
  folder.write("orders/layers/Layer.deps.json");
  const Names names = names_of(watch::read_from_disk(deployment));
  CHECK(std::count(names.begin(), names.end(), "Layer.deps.json") == 1);
  CHECK(std::count(names.begin(), names.end(), "Orders.deps.json") == 1);

  folder.write("fleet/one/appsettings.json");
  folder.write("fleet/one/One.deps.json");
  folder.write("fleet/two/appsettings.json");
  deployment.files = {folder / "fleet/*/appsettings.json"};
  CHECK(names_of(watch::read_from_disk(deployment)) ==
        Names{"appsettings.json", "appsettings.json", "One.deps.json"});

  deployment.files = {folder / "elsewhere/*.json", folder.write("other/appsettings.json")};
  CHECK(names_of(watch::read_from_disk(deployment)) ==
        Names{"appsettings.json", "Other.deps.json"});
}
