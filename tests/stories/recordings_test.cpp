#include "cli/story_files.hpp"
#include "tests/stories/scenarios.hpp"
#include "validators/dotnet/recorded_versions.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace idpwatch;

// What a real validator answered is the truth. An answer that hangs on a drawn value agrees when an
// end of the range gives it (validators/stories/story_runner.hpp).
TEST_CASE("every recorded validator is answered for as it was recorded", "[stories]") {
  test::RememberingOracle oracle;
  const auto store = std::make_shared<validators::DocumentStore>();
  const auto deployed = cli::deployed_reader();
  for (const auto& [name, recording] : test::recordings()) {
    DYNAMIC_SECTION(name) {
      validators::Agreement sum;
      std::string differences;
      for (const auto& [id, answers] : recording.answers) {
        const validators::Story story = test::story(test::story_texts().at(id));
        const auto validator = validators::validator_for(
            story, {recording.profile, recording.version, recording.variant, {}}, deployed, store);
        INFO(id << (validator ? "" : ": " + validator.error().text()));
        REQUIRE(validator);
        REQUIRE(*validator);
        const auto agreement =
            validators::compare(validators::run_story(story, *validator, oracle, false), answers);
        CHECK(agreement.requests == static_cast<int>(answers.size()));
        sum.requests += agreement.requests;
        sum.status_equal += agreement.status_equal;
        sum.error_equal += agreement.error_equal;
        sum.fetches_equal += agreement.fetches_equal;
        for (const std::string& difference : agreement.differences) {
          differences += id + " " + difference + "\n";
          FAIL_CHECK(id << " " << difference);
        }
      }
      INFO(differences);
      CHECK(sum.error_equal == sum.requests);
      CHECK(sum.fetches_equal * 1000 >= sum.requests * 999);
    }
  }
}

TEST_CASE("what is said to be recorded is, and nothing else", "[stories]") {
  std::set<std::string> recorded;
  for (const auto& [name, recording] : test::recordings()) {
    if (recording.profile == "aspnetcore-jwtbearer") {
      recorded.insert(recording.version + '+' + recording.variant);
    }
  }
  std::set<std::string> listed;
  for (const validators::RecordedVersion& one : validators::recorded_versions()) {
    for (const std::string_view variant : one.variants) {
      listed.insert(one.version.text() + '+' + std::string(variant));
    }
  }
  CHECK(recorded.size() == 30);
  CHECK(listed == recorded);
}
