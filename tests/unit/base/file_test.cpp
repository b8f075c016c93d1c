// Which files are read, and what is said of the others. None may block: a test that hangs fails.
#include "base/file.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace idpwatch::base;

namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("idpwatch-file-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directory(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string at(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(at(name), std::ios::binary) << bytes;
    return at(name);
  }
  std::string pipe(const std::string& name) const {
    REQUIRE(::mkfifo(at(name).c_str(), 0600) == 0);
    return at(name);
  }

 private:
  fs::path path_;
};

Error refusal(const std::string& path, std::size_t bytes_max = kFileBytesMax) {
  const auto bytes = read_file(path, bytes_max);
  REQUIRE_FALSE(bytes);
  CHECK_FALSE(bytes.error().hint.empty());
  return bytes.error();
}

}  // namespace

TEST_CASE("a regular file is read whole, also through a link, up to the limit", "[base]") {
  const Folder folder;
  const std::string path = folder.write("a", std::string(100'000, 'x'));
  fs::create_symlink(path, folder.at("link"));
  CHECK(read_file(path).value().size() == 100'000);
  CHECK(read_file(folder.at("link"), 100'000).value().size() == 100'000);
  CHECK(read_file(folder.write("empty", "")).value().empty());
  CHECK_FALSE(read_file("/proc/self/stat").value().empty());  // has no size
}

TEST_CASE("a pipe, a directory, a device and a missing file are refused at once, by name",
          "[base]") {
  const Folder folder;
  const std::string pipe = folder.pipe("pipe");
  CHECK_THAT(refusal(pipe).message,
             Catch::Equals(pipe + " is a named pipe (FIFO), not a regular file"));
  CHECK_THAT(refusal(folder.at("")).message, Catch::EndsWith("is a directory, not a regular file"));
  CHECK(refusal("/dev/zero").message == "/dev/zero is a device, not a regular file");
  CHECK(refusal("/dev/zero").kind == ErrorKind::kUnreadable);
  CHECK(refusal(folder.at("none")).kind == ErrorKind::kNotFound);
}

TEST_CASE("a file larger than the limit is not read", "[base]") {
  const Folder folder;
  const std::string path = folder.write("a", std::string(11, 'x'));
  CHECK(refusal(path, 10).message == path + " is too large: 11 bytes, and the limit is 10");
  CHECK_FALSE(read_file("/proc/self/stat", 3));
}

TEST_CASE("a folder lists everything but folders, so that what is no file is not passed over",
          "[base]") {
  const Folder folder;
  folder.write("b.yaml", "");
  folder.pipe("a.yaml");
  fs::create_directory(folder.at("sub"));
  CHECK(list_folder(folder.at(""), 10) == std::vector<std::string>{"a.yaml", "b.yaml"});
  CHECK(list_folder(folder.at("none"), 10) == std::vector<std::string>{});
  CHECK_FALSE(list_folder(folder.at(""), 1));
  CHECK_FALSE(list_folder(folder.at("a.yaml"), 10));
}
