#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/daemon_client.hpp"
#include "cli/settings.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace idpwatch::cli {
namespace {

// A container's health check may take so long as the kubelet's own probes do.
constexpr base::Duration kTimeout = base::seconds(2);

}  // namespace

// 0 or 1 and nothing else, whatever is wrong: HEALTHCHECK reserves 2.
int run_health(const HealthOptions& options, Streams& streams) {
  bool healthy = false;
  std::string text;
  if (const auto listen = load_listen(options.config, streams)) {
    config::Config config;
    config.listen = *listen;
    const auto answer = ask_daemon(config, Method::kGet, "/livez?verbose", kTimeout);
    healthy = answer && answer->status == 200;
    text = answer ? answer->body : answer.error().text();
  } else {
    text = "the configuration is wrong";
  }
  if (options.output == Output::kJson) {
    const nlohmann::ordered_json document{{"schema", "idpwatch.health/v1"},
                                          {"healthy", healthy},
                                          {"text", std::string(base::trim(text))}};
    streams.out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                << '\n';
  } else {
    for (const std::string_view line : base::split(base::trim(text), '\n')) {
      (healthy ? streams.out : streams.err) << base::printable(line) << '\n';
    }
  }
  return healthy ? kFine : kFound;
}

}  // namespace idpwatch::cli
