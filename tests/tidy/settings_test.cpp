// No setting is accepted without effect: each member of the configuration that a table of fields
// fills is read by a source outside config/, or is one of those that are named at the start.
#include "tests/tidy/sources.hpp"

#include <catch2/catch.hpp>

#include <regex>
#include <set>

using namespace idpwatch::tidy;

namespace {

std::string joined(const Source& source) {
  std::string out;
  for (const std::string& line : source.lines) out += code_of(line) + "\n";
  return out;
}

// The members that the tables of fields point to: `&Limits::redirects`.
std::set<std::string> filled_members() {
  static const std::regex pointer(R"(&[A-Za-z:]+::([a-z_0-9]+)\b(?!\())");
  std::set<std::string> out;
  for (const Source& source : production_sources()) {
    if (source.folder != "config") continue;
    const std::string code = joined(source);
    for (std::sregex_iterator found(code.begin(), code.end(), pointer), end; found != end;
         ++found) {
      out.insert((*found)[1]);
    }
  }
  return out;
}

std::set<std::string> read_members() {
  static const std::regex use(R"((?:\.|->|::)([a-z_0-9]+)\b)");
  std::set<std::string> out;
  for (const Source& source : production_sources()) {
    if (source.folder == "config") continue;
    const std::string code = joined(source);
    for (std::sregex_iterator found(code.begin(), code.end(), use), end; found != end; ++found) {
      out.insert((*found)[1]);
    }
  }
  return out;
}

// The members that the list of unimplemented settings asks about; with a canary all that is in it.
std::set<std::string> named_at_the_start() {
  static const std::regex use(R"(\.([a-z_0-9]+)\b)");
  std::set<std::string> out;
  for (const Source& source : production_sources()) {
    if (source.path != "config/unimplemented_settings.cpp") continue;
    const std::string code = joined(source);
    for (std::sregex_iterator found(code.begin(), code.end(), use), end; found != end; ++found) {
      out.insert((*found)[1]);
    }
  }
  if (out.contains("canary")) out.insert({"client_credentials", "client_secret", "token_url"});
  return out;
}

}  // namespace

TEST_CASE("every field of the configuration is read somewhere, or named as not implemented",
          "[tidy]") {
  const std::set<std::string> filled = filled_members();
  REQUIRE(filled.size() > 80);
  const std::set<std::string> read = read_members();
  const std::set<std::string> named = named_at_the_start();
  for (const std::string& member : filled) {
    INFO("the setting behind `" << member << "` has no reader");
    CHECK((read.contains(member) || named.contains(member)));
  }
}
