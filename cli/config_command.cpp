#include "base/environment.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "config/config_text.hpp"
#include "config/unimplemented_settings.hpp"
#include "net/trust_store.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

// What the daemon says at its start.
config::ConfigProblems warnings_of(const config::Config& config) {
  config::ConfigProblems warnings = config.warnings;
  for (const std::string& line : config::unimplemented_settings(config)) {
    warnings.push_back({config.files.front(), 0, {}, line, {}});
  }
  return warnings;
}

Json to_json(const config::ConfigProblems& problems) {
  Json list = Json::array();
  for (const config::ConfigProblem& problem : problems) {
    list.push_back(Json{{"file", problem.file},
                        {"line", problem.line},
                        {"key", problem.key},
                        {"message", problem.message},
                        {"hint", problem.hint}});
  }
  return list;
}

int check(const ConfigOptions& options, Streams& streams) {
  const std::string path = config_path(options.config);
  const auto config = config::load_config(path, config_world());
  const config::ConfigProblems problems = config ? config::ConfigProblems{} : config.error();
  const config::ConfigProblems warnings = config ? warnings_of(*config) : config::ConfigProblems{};
  if (options.output == Output::kJson) {
    const Json document{{"schema", "idpwatch.config-check/v1"},
                        {"ok", problems.empty()},
                        {"errors", to_json(problems)},
                        {"warnings", to_json(warnings)}};
    streams.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  } else if (problems.empty()) {
    streams.out << paint("ok", Colour::kGreen, streams.colour) << "  " << base::printable(path, 500)
                << ": " << counted(config->authorities.size(), "authority", "authorities") << ", "
                << counted(config->deployments.size(), "deployment", "deployments") << ", "
                << counted(config->alerts.receivers.size(), "receiver", "receivers") << '\n';
  } else {
    for (const config::ConfigProblem& problem : problems) {
      streams.out << base::printable(problem.text(), 2000) << '\n';
    }
  }
  if (options.output == Output::kText) {
    for (const config::ConfigProblem& warning : warnings) {
      streams.out << paint("warning", Colour::kYellow, streams.colour) << "  "
                  << base::printable(warning.text(), 2000) << '\n';
    }
  }
  return problems.empty() ? kFine : kUsage;
}

// Whom idpwatch trusts: by default, and for the authorities that have a ca_file of their own.
std::map<std::string, net::TrustSource> trusted(const config::Config& config) {
  const base::Environment environment = base::Environment::of_process();
  std::map<std::string, net::TrustSource> all;
  const auto add = [&](const std::string& whose, const std::optional<std::string>& ca_file) {
    all[whose] = net::trust_source(ca_file, environment);
  };
  add("defaults", config.defaults.ca_file);
  for (const config::AuthorityConfig& authority : config.authorities) {
    if (authority.spec.ca_file == config.defaults.ca_file) continue;
    add("authorities[" + authority.spec.name + "]", authority.spec.ca_file);
  }
  return all;
}

Json to_json(const net::TrustSource& source) {
  Json list = Json::array();
  for (const net::TrustPart& part : net::trust_parts(source)) {
    Json row{{"path", part.path}, {"certificates", part.certificates}};
    if (!part.fault.empty()) row["fault"] = part.fault;
    list.push_back(std::move(row));
  }
  return list;
}

int show(const ConfigOptions& options, Streams& streams) {
  const auto config = load_config(options.config, streams);
  if (!config) return kUsage;
  if (options.output == Output::kText) {
    const std::string text = config::config_to_yaml(*config);
    streams.out << text << (text.ends_with('\n') ? "" : "\n");
    for (const auto& [whose, source] : trusted(*config)) {
      streams.out << "# " << whose << " trusts " << net::describe(source) << '\n';
    }
    return kFine;
  }
  Json document{{"schema", "idpwatch.config-show/v1"},
                {"files", config->files},
                {"config", config::config_to_json(*config)},
                {"trust", Json::object()}};
  for (const auto& [whose, source] : trusted(*config)) {
    document["trust"][whose] = to_json(source);
  }
  streams.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  return kFine;
}

}  // namespace

int run_config(const ConfigOptions& options, Streams& streams) {
  switch (options.action) {
    case ConfigAction::kShow:
      return show(options, streams);
    case ConfigAction::kInit:
      streams.out << config::starter_config();
      return kFine;
    case ConfigAction::kSchema:
      streams.out << config::config_schema().dump(2) << '\n';
      return kFine;
    case ConfigAction::kCheck:
      break;
  }
  return check(options, streams);
}

}  // namespace idpwatch::cli
