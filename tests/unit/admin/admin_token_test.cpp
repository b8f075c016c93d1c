#include "daemon/admin/admin_token.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace idpwatch::daemon {
namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path = fs::temp_directory_path() / ("idpwatch-token-" + std::to_string(getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

TEST_CASE("each start makes another token, which its user alone can read", "[admin]") {
  const Folder folder;
  base::SystemRandom random;
  CHECK(read_admin_token(folder.path).error().kind == base::ErrorKind::kNotFound);
  const auto first = make_admin_token(folder.path, random);
  REQUIRE(first);
  CHECK(first->size() == 64);
  CHECK(*read_admin_token(folder.path) == *first);
  struct stat status{};
  REQUIRE(stat(admin_token_path(folder.path).c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  const auto second = make_admin_token(folder.path, random);
  REQUIRE(second);
  CHECK(*second != *first);
  CHECK(*read_admin_token(folder.path) == *second);
}

TEST_CASE("a link that somebody laid there is not written through", "[admin]") {
  const Folder folder;
  const fs::path target = folder.path / "target";
  std::ofstream(target) << "precious";
  fs::create_symlink(target, admin_token_path(folder.path) + ".new");
  fs::create_symlink(target, admin_token_path(folder.path));
  base::SystemRandom random;
  REQUIRE(make_admin_token(folder.path, random));
  std::string text;
  std::ifstream(target) >> text;
  CHECK(text == "precious");
  CHECK_FALSE(fs::is_symlink(admin_token_path(folder.path)));
}

}  // namespace
}  // namespace idpwatch::daemon
