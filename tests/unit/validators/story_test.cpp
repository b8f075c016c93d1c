#include "validators/stories/story_runner.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch::validators;

namespace {

std::string story(const std::string& rest) {
  return R"({"schema":"idpwatch.story/v1","id":"s","epoch":"2026-01-01T00:00:00Z",)" + rest + "}";
}

}  // namespace

TEST_CASE("a wrong story says what is wrong", "[validators]") {
  const std::pair<std::string, std::string> wrong[] = {
      {"{}", "not an idpwatch.story/v1"},
      {"{", "2:"},
      {story(R"("steps":{})"), "'steps' must be an array"},
      {story(R"("steps":[{"at":-1,"start":true}])"), "'at'"},
      {story(R"("steps":[{"at":5,"start":true},{"at":4,"start":true}])"), "before"},
      {story(R"("steps":[{"at":0}])"), "must serve"},
      {story(R"("steps":[{"at":0,"request":"r","token":"none"}])"), "unknown token"},
      {story(R"("settings":{"autority":"x"},"steps":[])"), "unknown setting 'autority'"},
      {story(R"("settings":{"clock_skew_s":"x"},"steps":[])"), "wrong type"},
      {story(R"("steps":[{"at":0,"serve":{"https://h":{"fault":"odd"}}}])"), "unknown fault"},
  };
  for (const auto& [json, why] : wrong) {
    const auto loaded = load_story(json);
    INFO(json);
    REQUIRE_FALSE(loaded);
    if (why != "2:") {
      CHECK(loaded.error().text().find(why) != std::string::npos);
    }
  }
}

TEST_CASE("a request before the start is not answered", "[validators]") {
  const auto loaded = load_story(story(
      R"("settings":{"authority":"https://idp.example.test"},"steps":[{"at":0,"request":"r1"},{"at":1,"start":true},{"at":2,"request":"r2"}])"));
  REQUIRE(loaded);
  const auto validator =
      validator_for(*loaded, {"aspnetcore-jwtbearer", "8.0.1", "", ""}, {}, nullptr);
  REQUIRE(validator);
  const auto answers = run_story(*loaded, *validator);
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].answer.status == 0);
  CHECK(answers[0].answer.error == "not-started");
  CHECK(answers[1].answer.status == 401);
  CHECK(answers[1].answer.error == "no-credentials");
}

TEST_CASE("a difference from a recording is told", "[validators]") {
  StoryAnswer one{"r1", {}, {}, {}};
  one.answer.status = 401;
  one.answer.error = "IDX10503";
  std::map<std::string, RecordedAnswer> recorded;
  recorded["r1"].status = 200;
  const Agreement agreement = compare({one}, recorded);
  CHECK(agreement.requests == 1);
  CHECK(agreement.status_equal == 0);
  CHECK(agreement.fetches_equal == 1);
  CHECK(agreement.differences == std::vector<std::string>{"r1: status 401, recorded 200",
                                                          "r1: error IDX10503, recorded none"});
}
