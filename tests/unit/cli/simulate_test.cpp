// `idpwatch simulate` and `idpwatch profiles` as a user meets them.
#include "cli/cli.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace idpwatch::cli {
namespace {

using nlohmann::json;

const std::string kScenarios = std::string(IDPWATCH_TEST_DATA) + "/scenarios";
const std::string kStory = kScenarios + "/stories/rotation/rotation-junk-nokid.json";

struct Outcome {
  int code;
  std::string out, err;
  [[nodiscard]] std::vector<json> lines() const {
    std::vector<json> found;
    std::istringstream in(out);
    for (std::string line; std::getline(in, line);) {
      found.push_back(json::parse(line));
    }
    return found;
  }
};

Outcome idpwatch(const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  Streams streams{out, err};
  const int code = run(arguments, streams);
  return {code, out.str(), err.str()};
}

class File {
 public:
  explicit File(const std::string& text)
      : path_((std::filesystem::temp_directory_path() /
               ("idpwatch-simulate-" + std::to_string(getpid()) + ".json"))
                  .string()) {
    std::ofstream(path_) << text;
  }
  ~File() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

TEST_CASE("a story is answered in one line of JSON") {
  const auto done = idpwatch(
      {"simulate", kStory, "--validator", "aspnetcore-jwtbearer@8.23.0", "--format", "json"});
  CHECK(done.code == 0);
  const auto lines = done.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["schema"] == "idpwatch.simulate/v1");
  CHECK(lines[0]["id"] == "rotation-junk-nokid");
  CHECK(lines[0]["validator"] == "aspnetcore-jwtbearer@8.23.0");
  CHECK(lines[0]["agrees"].is_null());
  const json& first = lines[0]["answers"].at(0);
  CHECK(first["status"] == 200);
  CHECK(first["error"].is_null());
  CHECK(first["fetches"] == json::array({1, 1}));
  CHECK(first["spread"] == false);
  CHECK_FALSE(first["because"].get<std::string>().empty());
}

TEST_CASE("a recording names the validator and is compared with") {
  const std::string name = kScenarios + "/recordings/aspnetcore-jwtbearer@8.0.1.json";
  const auto done = idpwatch({"simulate", kStory, "--recording", name, "--format", "json"});
  CHECK(done.code == 0);
  const auto lines = done.lines();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["agrees"] == true);
  CHECK(lines[1]["schema"] == "idpwatch.simulate-summary/v1");
  CHECK(lines[1]["stories"] == 1);
  CHECK(lines[1]["status_equal"] == lines[1]["requests"]);
}

TEST_CASE("an answer that is not as recorded ends with 1") {
  const File recording(R"({"schema":"idpwatch.recording/v1",
    "validator":{"profile":"aspnetcore-jwtbearer","version":"8.0.1"},
    "answers":{"rotation-junk-nokid":{"r1":{"status":500,"error":"IDX20803","fetches":[1,0]}}}})");
  const auto done = idpwatch({"simulate", kStory, "--recording", recording.path()});
  CHECK(done.code == 1);
  CHECK(done.out.find("differs: r1") != std::string::npos);
}

TEST_CASE("a recording that answers none of the stories ends with 2, and not as if all were well") {
  const File recording(
      R"({"schema":"idpwatch.recording/v1","validator":{"profile":"openiddict-validation",)"
      R"("version":"7.8.0"},"answers":{"another-story":{}}})");
  const auto done = idpwatch({"simulate", kStory, "--validator", "aspnetcore-jwtbearer@8.23.0",
                              "--recording", recording.path()});
  INFO(done.err);
  CHECK(done.code == 2);
  CHECK(done.err.find("answers none of the stories") != std::string::npos);
  CHECK(done.err.find("leave --validator out") != std::string::npos);
}

TEST_CASE("what cannot be simulated ends with 2 and says why") {
  CHECK(idpwatch({"simulate", kStory}).code == 2);
  CHECK(idpwatch({"simulate", kStory, "--validator", "aspnetcore-jwtbearer"}).code == 2);
  CHECK(idpwatch({"simulate", kStory, "--validator", "no-such-library@1.0"}).code == 2);
  const File story(R"({"schema":"idpwatch.story/v2"})");
  const auto done =
      idpwatch({"simulate", story.path(), "--validator", "aspnetcore-jwtbearer@8.0.1"});
  CHECK(done.code == 2);
  CHECK(done.err.find("idpwatch-simulate") != std::string::npos);
}

TEST_CASE("a version between those recorded says as what it is judged") {
  const auto done = idpwatch({"simulate", kStory, "--validator", "aspnetcore-jwtbearer@99.0.0"});
  CHECK(done.code == 0);
  CHECK(done.err.find("judged as 8.23.0") != std::string::npos);
}

TEST_CASE("profiles are listed, and one is told in full") {
  const auto all = idpwatch({"profiles"});
  CHECK(all.code == 0);
  for (const char* name :
       {"aspnetcore-jwtbearer", "microsoft-identity-web", "openiddict-validation"}) {
    CHECK(all.out.find(name) != std::string::npos);
    CHECK(idpwatch({"profiles", name}).code == 0);
  }
  CHECK(idpwatch({"profiles", "no-such-library"}).code == 2);
}

}  // namespace idpwatch::cli
