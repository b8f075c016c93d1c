#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/gathering.hpp"
#include "discover/discovered_config.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <utility>

namespace idpwatch::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string shown(const std::string& text) { return base::printable(text, 2000); }

Json texts(const std::vector<std::string>& list) {
  Json out = Json::array();
  for (const std::string& text : list) out.push_back(shown(text));
  return out;
}

Json route_json(const discover::Route& route) {
  Json variables = Json::object();
  for (const auto& [name, value] : route.variables) variables[shown(name)] = shown(value);
  return {{"same_place", route.same_place}, {"variables", variables}};
}

Json settings_json(const std::vector<discover::FoundSetting>& settings) {
  Json out = Json::object();
  for (const discover::FoundSetting& one : settings) {
    out[one.name] = one.list ? texts(one.values) : Json(shown(one.values.front()));
  }
  return out;
}

Json service_json(const discover::FoundService& service) {
  Json out{{"name", shown(service.name)},
           {"where", shown(service.where)},
           {"entry", service.entry},
           {"files", texts(service.files)}};
  const auto put = [&out](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = shown(value);
  };
  put("environment_file", service.environment_file);
  put("unit", service.unit);
  put("profile", service.profile);
  put("version", service.version);
  if (!service.settings.empty()) out["settings"] = settings_json(service.settings);
  out["route"] = route_json(service.route);
  out["reads"] = texts(service.reads);
  out["notes"] = texts(service.notes);
  return out;
}

void print_json(const discover::Discovery& discovery, Streams& streams) {
  Json services = Json::array(), not_read = Json::array();
  for (const discover::FoundService& service : discovery.services) {
    services.push_back(service_json(service));
  }
  for (const discover::NotRead& one : discovery.not_read) {
    not_read.push_back(
        {{"path", shown(one.path)}, {"why", shown(one.why)}, {"remedy", shown(one.remedy)}});
  }
  const Json document{{"schema", "idpwatch.discover/v1"},
                      {"services", services},
                      {"not_read", not_read},
                      {"looked_at", texts(discovery.looked_at)}};
  streams.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

// A path of the user's is one of this host, or within --root when that is given.
std::string within(const std::string& path, bool rooted) {
  return rooted ? path : std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace

int run_discover(const DiscoverOptions& options, Streams& streams) {
  RootedFiles files(options.root.value_or(""));
  if (!files.is_folder("/")) {
    return report(streams, base::make_error(base::ErrorKind::kNotFound,
                                            base::printable(*options.root) + " is no folder",
                                            "--root takes the folder that stands for /"));
  }
  Gathering gathering(files);
  ExitCode code = kFine;
  for (const std::string& path : options.paths) {
    if (const auto found = gathering.named(within(path, options.root.has_value())); !found) {
      code = static_cast<ExitCode>(report(streams, found.error()));
    }
  }
  if (options.paths.empty()) gathering.usual_places();
  const discover::Discovery discovery = std::move(gathering).finish();
  if (options.output == Output::kJson) {
    print_json(discovery, streams);
  } else {
    streams.out << discover::discovered_config(discovery);
  }
  return code;
}

}  // namespace idpwatch::cli
