// What the tables of the code name has its place in the pages, and one table knows the other.
#include "alerts/receivers/kinds.hpp"
#include "deployed/core/stacks.hpp"
#include "validators/core/profiles.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

namespace idpwatch {
namespace {

std::string page(const std::string& name) {
  std::ostringstream out;
  out << std::ifstream(std::string(IDPWATCH_SOURCE_DIR) + "/docs/" + name).rdbuf();
  return out.str();
}

TEST_CASE("each profile has a row in docs/validators.md", "[docs]") {
  const std::string text = page("validators.md");
  REQUIRE_FALSE(validators::profiles().empty());
  for (const validators::Profile& profile : validators::profiles()) {
    CAPTURE(profile.name);
    CHECK(text.find("\n| `" + std::string(profile.name) + "` |") != std::string::npos);
  }
}

TEST_CASE("each kind of receiver has a row in docs/receivers.md", "[docs]") {
  const std::string text = page("receivers.md");
  REQUIRE_FALSE(alerts::receiver_kinds().empty());
  for (const alerts::Kind& kind : alerts::receiver_kinds()) {
    CAPTURE(kind.name);
    CHECK(text.find("\n| `" + std::string(kind.name) + "` |") != std::string::npos);
  }
}

TEST_CASE("each profile that deployed files can name is simulated", "[docs]") {
  REQUIRE_FALSE(deployed::stacks().empty());
  for (const deployed::Stack& stack : deployed::stacks()) {
    for (const std::string_view profile : stack.profiles) {
      CAPTURE(profile);
      CHECK(validators::find_profile(profile) != nullptr);
    }
  }
}

}  // namespace
}  // namespace idpwatch
