#include "base/version.hpp"
#include "cli/commands.hpp"

#include <curl/curl.h>
#include <fmt/core.h>
#include <microhttpd.h>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <spdlog/version.h>
#include <sqlite3.h>

#include <string>
#include <utility>
#include <vector>

namespace idpwatch::cli {
namespace {

// Of the running process where the library tells it, else of the build.
std::vector<std::pair<std::string, std::string>> libraries() {
  return {
      {"libcurl", curl_version_info(CURLVERSION_NOW)->version},
      {"openssl", OpenSSL_version(OPENSSL_FULL_VERSION_STRING)},
      {"sqlite", sqlite3_libversion()},
      {"libmicrohttpd", MHD_get_version()},
      {"nlohmann-json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR,
                                    NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
      {"spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
      {"fmt",
       fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
  };
}

#ifdef NDEBUG
constexpr const char* kBuild = "release";
#else
constexpr const char* kBuild = "debug";
#endif

#ifdef __clang__
constexpr const char* kCompiler = __VERSION__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

}  // namespace

int run_version(const VersionOptions& options, Streams& streams) {
  if (options.output == Output::kJson) {
    nlohmann::ordered_json document{{"schema", "idpwatch.version/v1"},
                                    {"version", base::version()},
                                    {"build", kBuild},
                                    {"compiler", kCompiler},
                                    {"libraries", nlohmann::ordered_json::object()}};
    for (const auto& [name, version] : libraries()) document["libraries"][name] = version;
    streams.out << document.dump(2) << '\n';
    return kFine;
  }
  streams.out << "idpwatch " << base::version() << " (" << kBuild << ", " << kCompiler << ")\n";
  for (const auto& [name, version] : libraries()) {
    streams.out << "  " << name << ' ' << version << '\n';
  }
  return kFine;
}

}  // namespace idpwatch::cli
