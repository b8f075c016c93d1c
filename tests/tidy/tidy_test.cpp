// The house rules of docs/architecture.md, as an ordinary test.
#include "tests/tidy/sources.hpp"

#include <map>
#include <regex>
#include <set>

using namespace idpwatch::tidy;

namespace {

using Names = std::set<std::string>;

// Which folders a folder may include, beside itself.
const std::map<std::string, Names>& directions() {
  static const std::map<std::string, Names> table = {
      {"base", {}},
      {"model", {"base"}},
      {"checks", {"base", "model"}},
      {"validators", {"base", "model"}},
      {"deployed", {"base", "model"}},
      {"forecast", {"base", "model", "checks", "validators", "deployed"}},
      {"explain", {"base", "model", "checks", "validators", "deployed", "forecast"}},
      {"net", {"base", "model"}},
      {"probe", {"base", "model", "checks", "net"}},
      {"storage", {"base", "model"}},
      {"alerts", {"base", "model", "net"}},
      {"config", {"base", "model", "alerts"}},
      {"discover", {"base", "model", "deployed", "config"}},
      {"watch",
       {"base", "model", "checks", "validators", "deployed", "forecast", "explain", "net", "probe",
        "storage", "alerts", "config"}},
      {"daemon",
       {"base", "model", "checks", "validators", "deployed", "forecast", "net", "probe", "storage",
        "alerts", "config", "watch"}},
      {"demo", {"base", "model", "validators", "forecast", "alerts"}},
      {"cli",
       {"base", "model", "checks", "validators", "deployed", "forecast", "explain", "net", "probe",
        "storage", "alerts", "config", "discover", "watch", "daemon", "demo"}},
  };
  return table;
}

const Names kPure = {"model",    "checks",   "validators", "deployed",
                     "discover", "forecast", "explain"};

// Third-party headers that may stand in a header, by the reason in docs/dependencies.md.
const Names kInHeaders = {"<nlohmann/json_fwd.hpp>", "<tl/expected.hpp>"};

// A library's headers, and the places that own it.
const std::vector<std::pair<std::string, std::vector<std::string>>> kOwners = {
    {"<rapidjson/", {"base/"}},
    {"<spdlog/", {"base/log", "cli/version_command.cpp"}},
    {"<curl/", {"base/url.cpp", "net/", "cli/daemon_client.cpp", "cli/version_command.cpp"}},
    {"<sqlite3.h", {"storage/", "cli/version_command.cpp"}},
    {"<yaml-cpp/", {"config/"}},
    {"<CLI/", {"cli/command_line"}},
    {"<microhttpd.h", {"daemon/admin", "demo/", "cli/version_command.cpp"}},
    {"<prometheus/", {"daemon/admin/"}},
};

// A call, and the only files that may make it.
struct Owned {
  const char* what;
  std::regex call;
  Names files;
};

const std::vector<Owned>& owned_calls() {
  static const std::vector<Owned> table = {
      {"reading a clock",
       std::regex(R"(clock::now\(|clock_gettime|gettimeofday|\btime\((nullptr|NULL|0)\))"),
       {"base/clock.cpp"}},
      {"sleeping", std::regex(R"(sleep_for|sleep_until|\busleep\(|\bnanosleep\(|\bsleep\()"), {}},
      {"the environment",
       std::regex(R"(\bgetenv\(|\bsecure_getenv\(|\bsetenv\()"),
       {"base/environment.cpp"}},
      {"chance", std::regex(R"(random_device|RAND_bytes|\brand\()"), {"base/random.cpp"}},
      {"the console",
       std::regex(R"(std::(cout|cerr|clog)\b|\b(f?printf|fputs|puts)\()"),
       {"base/assert.cpp", "cli/streams.cpp"}},
  };
  return table;
}

bool third_party(const std::string& include) {
  static const std::regex pattern(
      "^<(nlohmann|tl|spdlog|fmt|curl|openssl|rapidjson|yaml-cpp|CLI|microhttpd|prometheus|"
      "sqlite3)");
  return std::regex_search(include, pattern);
}

std::string closed(const std::string& include) {
  return include.starts_with('<') ? include + ">" : include;
}

}  // namespace

TEST_CASE("includes point one way through the house", "[tidy]") {
  for (const Source& source : production_sources()) {
    const Names& allowed = directions().at(source.folder);
    for (const std::string& include : includes(source)) {
      if (include.starts_with('<')) continue;
      const std::string folder = include.substr(0, include.find('/'));
      INFO(source.path << " includes \"" << include << "\"");
      const bool generated = folder == include;
      CHECK((generated || folder == source.folder || allowed.contains(folder)));
    }
  }
}

TEST_CASE("a library's headers stay with the sources that own it, out of our headers", "[tidy]") {
  for (const Source& source : production_sources()) {
    for (const std::string& include : includes(source)) {
      INFO(source.path << " includes " << closed(include));
      if (source.header() && third_party(include)) CHECK(kInHeaders.contains(closed(include)));
      for (const auto& [library, places] : kOwners) {
        if (!include.starts_with(library)) continue;
        CHECK(std::any_of(places.begin(), places.end(), [&](const std::string& place) {
          return source.path.starts_with(place);
        }));
      }
    }
  }
}

TEST_CASE("the pure folders see no file, thread, network or clock", "[tidy]") {
  static const std::regex impure(
      "^<(fstream|filesystem|iostream|thread|mutex|condition_variable|sys/"
      "|unistd.h|netinet|fcntl.h|"
      "curl|sqlite3|spdlog|ctime)");
  for (const Source& source : production_sources()) {
    if (!kPure.contains(source.folder)) continue;
    for (const std::string& include : includes(source)) {
      INFO(source.path << " includes " << closed(include));
      CHECK_FALSE(std::regex_search(include, impure));
    }
  }
}

TEST_CASE("what watches runs on no loop, thread or socket of its own", "[tidy]") {
  static const std::regex machinery(
      "^<(thread|mutex|condition_variable|sys/socket|sys/epoll)|event_loop");
  for (const Source& source : production_sources()) {
    if (source.folder != "watch") continue;
    for (const std::string& include : includes(source)) {
      INFO(source.path << " includes " << closed(include));
      CHECK_FALSE(std::regex_search(include, machinery));
    }
  }
}

TEST_CASE("no two headers bear the same name", "[tidy]") {
  std::map<std::string, std::string> seen;
  for (const Source& source : production_sources()) {
    if (!source.header()) continue;
    const std::string name = source.path.substr(source.path.rfind('/') + 1);
    INFO(source.path << " and " << seen[name]);
    CHECK(seen[name].empty());
    seen[name] = source.path;
  }
}

// A new library must touch no file of it: causes, cache policies and vocabularies tell all that it
// needs to know (validators/core).
TEST_CASE("the forecast knows no library by its name, its codes or its settings", "[tidy]") {
  static const std::regex library(
      R"(\bIDX[0-9]?|\bIDW[0-9]|\bID[0-9]{4}|ERR_J[A-Z]+|aspnetcore|identity-web|[Oo]pen[Ii]ddict|\bjose\b|)"
      R"(Microsoft\.|\.NET\b|JwtBearer|ConfigurationManager|RefreshInterval|IssuerKeyNotFound|)"
      R"(BackchannelTimeout|RequireHttpsMetadata|MetadataAddress|TokenValidationParameters|)"
      R"(Valid(Issuer|Audience|Algorithm)s?\b|validators/(dotnet|node)/)");
  std::size_t seen = 0;
  for (const Source& source : production_sources()) {
    if (source.folder != "forecast") continue;
    ++seen;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      INFO(source.path << ":" << i + 1 << " names a library: " << source.lines[i]);
      CHECK_FALSE(std::regex_search(source.lines[i], library));
    }
  }
  CHECK(seen > 50);
}

TEST_CASE("clock, sleep, environment, chance and console have one owner each", "[tidy]") {
  for (const Source& source : production_sources()) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string code = code_of(source.lines[i]);
      for (const Owned& owned : owned_calls()) {
        if (owned.files.contains(source.path)) continue;
        INFO(source.path << ":" << i + 1 << " touches " << owned.what << ": " << source.lines[i]);
        CHECK_FALSE(std::regex_search(code, owned.call));
      }
    }
  }
}

TEST_CASE("no test sleeps", "[tidy]") {
  static const std::regex sleeping(R"(sleep_for|sleep_until|\busleep\(|\bnanosleep\()");
  for (const Source& source : test_sources()) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      INFO(source.path << ":" << i + 1 << ": " << source.lines[i]);
      CHECK_FALSE(std::regex_search(code_of(source.lines[i]), sleeping));
    }
  }
}

TEST_CASE("every source is built, and none has grown beyond one idea", "[tidy]") {
  const std::string lists = build_lists();
  for (const Source& source : production_sources()) {
    INFO(source.path << " has " << source.lines.size() << " lines");
    CHECK(source.lines.size() <= (source.header() ? 220U : 450U));
    if (source.header()) continue;
    const std::string name = source.path.substr(source.path.rfind('/') + 1);
    CHECK(lists.find(name) != std::string::npos);
  }
}

TEST_CASE("every header is guarded and says what it is for", "[tidy]") {
  for (const Source& source : production_sources()) {
    if (!source.header()) continue;
    INFO(source.path);
    REQUIRE_FALSE(source.lines.empty());
    CHECK(source.lines.front().starts_with("// "));
    CHECK(std::find(source.lines.begin(), source.lines.end(), "#pragma once") !=
          source.lines.end());
  }
}

TEST_CASE("what all stacks share knows them only in its one table", "[tidy]") {
  static const std::regex shared("(validators|deployed)/core/.*");
  static const std::regex stack("(validators|deployed)/(?!core/|stories/)\\w+/.*");
  const Names tables{"validators/core/profiles.cpp", "deployed/core/stacks.cpp"};
  std::size_t files = 0;
  for (const Source& source : production_sources()) {
    if (!std::regex_match(source.path, shared) || tables.contains(source.path)) continue;
    files += 1;
    for (const std::string& included : includes(source)) {
      INFO(source.path << " includes " << included);
      CHECK_FALSE(std::regex_match(included, stack));
    }
  }
  CHECK(files > 10);
}

TEST_CASE("nothing is promised for later", "[tidy]") {
  static const std::regex promise("\\b(TODO|FIXME|XXX|HACK)\\b");
  for (const Source& source : production_sources()) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      INFO(source.path << ":" << i + 1 << ": " << source.lines[i]);
      CHECK_FALSE(std::regex_search(source.lines[i], promise));
    }
  }
}

TEST_CASE("comments point at what is in the repository", "[tidy]") {
  static const std::regex elsewhere(
      R"(([Cc]ontracts?|[Dd]esign) section|[Aa]lerting rule|\bfacts[ /](\d|[\w-]+\.md)|FORMAT\.md|reports/2026)");
  for (const Source& source : production_sources()) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      INFO(source.path << ":" << i + 1 << ": " << source.lines[i]);
      CHECK_FALSE(std::regex_search(source.lines[i], elsewhere));
    }
  }
}
