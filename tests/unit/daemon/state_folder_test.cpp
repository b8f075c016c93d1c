#include "daemon/state_folder.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <unistd.h>

namespace fs = std::filesystem;
using idpwatch::daemon::open_to_others;

TEST_CASE("a state directory that others can change is told apart", "[daemon]") {
  std::string name = (fs::temp_directory_path() / "idpwatch-folder-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  const fs::path folder = name;
  CHECK(open_to_others(folder).empty());
  fs::permissions(folder, fs::perms::owner_all | fs::perms::others_all);
  CHECK(open_to_others(folder) == "every user can write to it");
  fs::permissions(folder, fs::perms::owner_all | fs::perms::group_all);
  CHECK(open_to_others(folder).find("can write to it") != std::string::npos);
  fs::permissions(folder, fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read);
  CHECK(open_to_others(folder).empty());
  if (::geteuid() == 0 && ::chown(folder.c_str(), 12345, 12345) == 0) {
    CHECK(open_to_others(folder) == "it belongs to user 12345");
  }
  fs::remove(folder);
  CHECK(open_to_others(folder).empty());
}
