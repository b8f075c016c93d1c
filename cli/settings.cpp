#include "cli/settings.hpp"

#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "validators/core/profiles.hpp"

#include <filesystem>
#include <utility>

namespace idpwatch::cli {
namespace {

constexpr std::size_t kProblemCharacters = 2000;

}  // namespace

void print_problems(const config::ConfigProblems& problems, Streams& streams) {
  for (const config::ConfigProblem& problem : problems) {
    streams.err << base::printable(base::without_url_secrets(problem.text()), kProblemCharacters)
                << '\n';
  }
}

config::ConfigWorld config_world() {
  std::vector<std::string> profiles;
  for (const validators::Profile& profile : validators::profiles()) {
    profiles.emplace_back(profile.name);
  }
  return config::ConfigWorld::of_process(std::move(profiles));
}

std::string config_path(const std::optional<std::string>& named) {
  if (named) return *named;
  return base::Environment::of_process()
      .get_nonempty("IDPWATCH_CONFIG")
      .value_or(std::string(config::kDefaultConfigPath));
}

std::optional<config::Config> load_config(const std::optional<std::string>& path,
                                          Streams& streams) {
  auto config = config::load_config(config_path(path), config_world());
  if (config) return std::move(*config);
  print_problems(config.error(), streams);
  return std::nullopt;
}

namespace {

// Nothing is said and nothing is there.
bool means_defaults(const std::optional<std::string>& path) {
  std::error_code ignored;
  const std::string file = config_path(path);
  return file == config::kDefaultConfigPath && !path && !std::filesystem::exists(file, ignored);
}

}  // namespace

std::optional<config::Config> load_config_or_defaults(const std::optional<std::string>& path,
                                                      Streams& streams) {
  if (means_defaults(path)) return config::default_config(config_world());
  return load_config(path, streams);
}

std::optional<config::Listen> load_listen(const std::optional<std::string>& path,
                                          Streams& streams) {
  if (means_defaults(path)) return config::Listen{};
  auto listen = config::load_listen(config_path(path), config_world());
  if (listen) return std::move(*listen);
  print_problems(listen.error(), streams);
  return std::nullopt;
}

std::optional<storage::Reader> open_store(const StoreOptions& options, Streams& streams,
                                          ExitCode& code) {
  std::string path;
  if (options.db) {
    path = *options.db;
  } else {
    const auto config = load_config_or_defaults(options.config, streams);
    if (!config) {
      code = kUsage;
      return std::nullopt;
    }
    path = config->state_dir;
  }
  auto reader = storage::Reader::open(path);
  if (reader) return std::move(*reader);
  base::Error error = reader.error();
  if (error.hint.empty()) {
    error.hint =
        "name the state directory or the database with --db, or a configuration with --config";
  }
  code = report(streams, error);
  return std::nullopt;
}

std::optional<storage::AuthorityInfo> configured(const StoreOptions& options,
                                                 const std::string& name_or_issuer) {
  if (name_or_issuer.empty() || (options.db && !options.config)) return std::nullopt;
  const auto config = config::load_config(config_path(options.config), config_world());
  const config::AuthorityConfig* found = config ? config->find_authority(name_or_issuer) : nullptr;
  if (found == nullptr) return std::nullopt;
  return storage::AuthorityInfo{found->spec.name, found->spec.issuer};
}

bool never_stored(storage::Reader& reader, const std::optional<storage::AuthorityInfo>& known) {
  if (!known) return false;
  const auto found = reader.find_authority(known->name);
  return found && !*found;
}

base::Result<base::Instant> time_argument(const std::string& text) {
  return base::parse_time_argument(text, base::SystemClock().wall());
}

}  // namespace idpwatch::cli
