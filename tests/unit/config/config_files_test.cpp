// What stands where the configuration names a file, on a real disk: a pipe must not hang the start.
#include "config/config_load.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace idpwatch;
using namespace idpwatch::config;

namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("idpwatch-config-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_ / "conf.d");
    REQUIRE(::mkfifo((path_ / "pipe").c_str(), 0600) == 0);
    write("good", "good\n");
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  [[nodiscard]] std::string at(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] tl::expected<config::Config, config::ConfigProblems> load() const {
    return load_config(at("idpwatch.yaml"), config::ConfigWorld::of_process({}));
  }

 private:
  fs::path path_;
};

std::string only_problem(const Folder& folder) {
  const auto loaded = folder.load();
  REQUIRE_FALSE(loaded);
  REQUIRE(loaded.error().size() == 1);
  return loaded.error().front().text();
}

}  // namespace

TEST_CASE("a pipe where the configuration names a file is an error with its line", "[config]") {
  const std::string text =
      GENERATE("defaults: {ca_file: pipe}", "admin_token_file: pipe", "audit: {key_file: pipe}",
               "authorities: [{name: a, issuer: https://a.example, ca_file: pipe}]",
               "authorities: [{name: a, issuer: https://a.example, client_cert: pipe, "
               "client_key_file: good}]",
               "authorities: [{name: a, issuer: https://a.example, client_cert: good, "
               "client_key_file: pipe}]",
               "receivers: [{name: r, webhook: {url_file: pipe}}]",
               "receivers: [{name: r, webhook: {url: https://r.example, secret_file: pipe}}]",
               "receivers: [{name: r, webhook: {url: https://r.example, ca_file: pipe}}]");
  CAPTURE(text);
  const Folder folder;
  folder.write("idpwatch.yaml", text + "\n");
  const auto loaded = folder.load();
  REQUIRE_FALSE(loaded);
  const std::string problem = loaded.error().front().text() + loaded.error().back().text();
  CHECK_THAT(problem, Catch::StartsWith(folder.at("idpwatch.yaml") + ":1: "));
  CHECK_THAT(problem,
             Catch::Contains(folder.at("pipe") + " is a named pipe (FIFO), not a regular file"));
}

TEST_CASE("the configuration itself, and what lies in conf.d, must be regular files", "[config]") {
  const Folder folder;
  folder.write("idpwatch.yaml", "{}\n");
  fs::rename(folder.at("pipe"), folder.at("conf.d/a.yaml"));
  CHECK_THAT(only_problem(folder), Catch::StartsWith(folder.at("conf.d/a.yaml")) &&
                                       Catch::Contains("is a named pipe (FIFO)"));
  fs::remove(folder.at("idpwatch.yaml"));
  fs::rename(folder.at("conf.d/a.yaml"), folder.at("idpwatch.yaml"));
  CHECK_THAT(only_problem(folder), Catch::Contains("is a named pipe (FIFO)"));
}

TEST_CASE("what lies in conf.d ends in an error that names it, and never hangs", "[config]") {
  const Folder folder;
  folder.write("idpwatch.yaml", "{}\n");
  const auto problem_with = [&](const std::string& name, const auto& put) {
    put(folder.at("conf.d/" + name));
    std::string text = only_problem(folder);
    fs::remove(folder.at("conf.d/" + name));
    CHECK_THAT(text, Catch::StartsWith(folder.at("conf.d/" + name)));
    return text;
  };
  CHECK_THAT(problem_with("loop.yaml", [](const std::string& at) { fs::create_symlink(at, at); }),
             Catch::Contains("symbolic links"));
  CHECK_THAT(problem_with("gone.yaml",
                          [](const std::string& at) { fs::create_symlink("/nowhere/x", at); }),
             Catch::Contains("does not exist"));
  CHECK_THAT(
      problem_with("zero.yaml", [](const std::string& at) { fs::create_symlink("/dev/zero", at); }),
      Catch::Contains("a device"));
  CHECK_THAT(
      problem_with("tty.yaml", [](const std::string& at) { fs::create_symlink("/dev/tty", at); }),
      Catch::Contains("a device"));
  const auto put_huge = [](const std::string& at) {
    std::ofstream(at) << "x";
    fs::resize_file(at, std::uintmax_t{1} << 40);  // sparse
  };
  CHECK_THAT(problem_with("huge.yaml", put_huge), Catch::Contains("too large"));
  CHECK_THAT(problem_with("a\x1b[31m\nb.yaml",
                          [](const std::string& at) { std::ofstream(at) << "nonsense: 1\n"; }),
             Catch::Contains("unknown"));
  fs::create_directory(folder.at("conf.d/folder.yaml"));
  CHECK(folder.load());
}

TEST_CASE("a conf.d that cannot be listed is an error: its settings would be missing", "[config]") {
  const Folder folder;
  folder.write("idpwatch.yaml", "{}\n");
  fs::remove_all(folder.at("conf.d"));
  CHECK(folder.load());
  folder.write("conf.d", "a file");
  CHECK_THAT(only_problem(folder), Catch::Contains("is not a directory"));
  fs::remove(folder.at("conf.d"));
  fs::create_symlink(folder.at("conf.d"), folder.at("conf.d"));
  CHECK_THAT(only_problem(folder), Catch::Contains("symbolic links"));
}

TEST_CASE("files in conf.d whose names are nearly right are named in a warning", "[config]") {
  const Folder folder;
  folder.write("idpwatch.yaml", "{}\n");
  folder.write("conf.d/10-more.yml", "nonsense: 1\n");
  folder.write("conf.d/README", "nonsense\n");
  const auto loaded = folder.load();
  REQUIRE(loaded);
  REQUIRE(loaded->warnings.size() == 1);
  CHECK(loaded->warnings[0].text() ==
        folder.at("conf.d/10-more.yml") +
            ": is not read: its name does not end in .yaml (rename it)");
}
