#include "forecast/route/service_way.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace idpwatch::forecast {

namespace {

using deployed::EnvironmentRead;
using deployed::EnvironmentVariable;
using deployed::RouteFacts;
using validators::ProxyRules;
using validators::ProxySource;

constexpr std::array<std::string_view, 4> kAnyProxy{"HTTPS_PROXY", "https_proxy", "ALL_PROXY",
                                                    "all_proxy"};

// A value of a variable, and where it stands; of a property the variable that holds it.
struct Named {
  std::string name, value, place;

  [[nodiscard]] std::string with_place() const { return name + " (" + place + ")"; }
  // A proxy's user and password are no one's business.
  [[nodiscard]] std::string in_full() const {
    return name + "=" + base::printable(base::without_user_info(value), 200) + " (" + place + ")";
  }
};

// "-Dhttps.proxyHost=proxy" among the options of a JVM; the last one counts.
std::optional<std::string> property_in(std::string_view options, std::string_view name) {
  std::optional<std::string> found;
  const std::string before = "-D" + std::string(name) + "=";
  for (const std::string_view word : base::split(options, ' ')) {
    if (word.starts_with(before)) found = std::string(word.substr(before.size()));
  }
  return found;
}

class Environment {
 public:
  Environment(const ProxyRules& rules, const deployed::Environment& variables)
      : rules_(rules), variables_(variables) {}

  // The first that counts; null: none is set.
  [[nodiscard]] std::optional<Named> first(const std::vector<std::string_view>& names) const {
    for (const std::string_view name : names) {
      auto found = one(name);
      if (!found || (found->value.empty() && !rules_.empty_hides)) continue;
      return found;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Named> one(std::string_view name) const {
    if (name == "HTTP_PROXY" && !rules_.not_with.empty() &&
        deployed::variable_of(variables_, rules_.not_with) != nullptr) {
      return std::nullopt;
    }
    if (rules_.options.empty()) {
      const EnvironmentVariable* found = deployed::variable_of(variables_, name);
      if (found == nullptr) return std::nullopt;
      return Named{found->name, std::string(base::trim(found->value)), deployed::place_of(*found)};
    }
    for (const std::string_view holder : rules_.options) {
      const EnvironmentVariable* found = deployed::variable_of(variables_, holder);
      auto value = found == nullptr ? std::nullopt : property_in(found->value, name);
      if (value) {
        return Named{"-D" + std::string(name), std::move(*value),
                     found->name + ", " + deployed::place_of(*found)};
      }
    }
    return std::nullopt;
  }

 private:
  const ProxyRules& rules_;
  const deployed::Environment& variables_;
};

// "proxy:3128" is as good as a URL; of a property the port stands in a second one.
std::string proxy_url(const std::optional<Named>& named, const Environment& environment) {
  if (!named || named->value.empty()) return {};
  if (named->value.find("://") != std::string::npos) return named->value;
  std::string url = "http://" + named->value;
  constexpr std::string_view kHost = "proxyHost";
  if (named->name.ends_with(kHost)) {
    std::string port = named->name.substr(2, named->name.size() - 2 - kHost.size()) + "proxyPort";
    const auto given = environment.one(port);
    url += ":" + (given ? given->value : port.starts_with("https.") ? "443" : "80");
  }
  return url;
}

std::optional<std::pair<int, int>> version_of(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  const auto parts = base::split(text, '.');
  if (parts.size() < 2) return std::nullopt;
  std::array<int, 2> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [end, error] =
        std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), numbers.at(i));
    if (error != std::errc{} || end != parts[i].data() + parts[i].size()) return std::nullopt;
  }
  return std::pair(numbers[0], numbers[1]);
}

// Whether a runtime of that version reads the switch; unknown without a version.
std::optional<bool> reads_switch(const ProxyRules& rules, const deployed::Environment& variables) {
  if (rules.since.empty()) return true;
  const EnvironmentVariable* told = deployed::variable_of(variables, rules.version_variable);
  const auto version = told == nullptr ? std::nullopt : version_of(told->value);
  if (!version) return std::nullopt;
  int newest = 0;
  for (const validators::SinceVersion& since : rules.since) {
    if (version->first == since.major) return version->second >= since.minor;
    newest = std::max(newest, since.major);
  }
  return version->first > newest;
}

std::string unread_proxy(const RouteFacts& facts) {
  for (const std::string_view name : kAnyProxy) {
    const EnvironmentVariable* found = deployed::variable_of(facts.variables, name);
    if (found == nullptr || found->value.empty()) continue;
    return Named{found->name, found->value, deployed::place_of(*found)}.in_full();
  }
  return {};
}

// What it does not read says nothing of its way; that it reads nothing does, where all is known of
// it that could say otherwise.
ServiceWay not_reading(const RouteFacts& facts) {
  ServiceWay way;
  way.unread = unread_proxy(facts);
  if (!way.unread.empty() || facts.read == EnvironmentRead::kWhole) way.choice.emplace();
  return way;
}

ServiceWay by_declaration(const validators::TransportPolicy& policy, const RouteFacts& facts) {
  ServiceWay way;
  model::ProxyChoice choice;
  const Named proxy{"route.proxy", *facts.declared.proxy, "our configuration"};
  choice.https = choice.http = proxy.value;
  if (!proxy.value.empty()) way.proxy_from = proxy.with_place();
  choice.exempt = facts.declared.no_proxy.value_or("");
  if (!choice.exempt.empty()) {
    way.exempt_from = Named{"route.no_proxy", choice.exempt, "our configuration"}.in_full();
  }
  // What a stack does with such a list, where it is not known, is what most do.
  choice.dialect = policy.proxy.dialect.value_or(base::NoProxyDialect{});
  way.choice = std::move(choice);
  return way;
}

ServiceWay by_environment(const ProxyRules& rules, const RouteFacts& facts) {
  const Environment environment(rules, facts.variables);
  const auto https = environment.first(rules.for_https);
  const auto http = environment.first(rules.for_http);
  auto exempt = environment.first(rules.exempt);
  if (facts.declared.no_proxy) {
    exempt = Named{"route.no_proxy", *facts.declared.no_proxy, "our configuration"};
  }
  ServiceWay way;
  model::ProxyChoice choice;
  choice.https = proxy_url(https, environment);
  choice.http = proxy_url(http, environment);
  const bool named = !choice.https.empty() || !choice.http.empty();
  if (!named) {
    if (facts.read == EnvironmentRead::kWhole || https || http) way.choice = std::move(choice);
    return way;
  }
  way.proxy_from = (choice.https.empty() ? http : https)->with_place();
  choice.exempt = exempt ? exempt->value : std::string(rules.default_exempt);
  if (exempt && !exempt->value.empty()) way.exempt_from = exempt->in_full();
  if (!rules.dialect && !choice.exempt.empty()) {
    way.unknown = way.exempt_from + " may exempt the provider from the proxy of " + way.proxy_from +
                  ": how this client reads it is not known";
    return way;
  }
  choice.dialect = rules.dialect.value_or(base::NoProxyDialect{});
  way.choice = std::move(choice);
  return way;
}

}  // namespace

ServiceWay service_way(const validators::TransportPolicy& policy, const RouteFacts& facts) {
  const ProxyRules& rules = policy.proxy;
  if (facts.declared.proxy) return by_declaration(policy, facts);
  if (!rules.source) return {};
  if (*rules.source != ProxySource::kEnvironment) return not_reading(facts);
  if (!rules.needs.empty()) {
    const EnvironmentVariable* on = deployed::variable_of(facts.variables, rules.needs);
    const EnvironmentVariable* options = deployed::variable_of(facts.variables, "NODE_OPTIONS");
    const bool by_option =
        options != nullptr && options->value.find("--use-env-proxy") != std::string::npos;
    if (!by_option && (on == nullptr || on->value != "1")) return not_reading(facts);
    if (reads_switch(rules, facts.variables) == false) return not_reading(facts);
  }
  ServiceWay way = by_environment(rules, facts);
  if (!rules.options.empty() && way.proxy_from.empty()) way.unread = unread_proxy(facts);
  if (!way.unread.empty() && !way.choice) way.choice.emplace();
  return way;
}

}  // namespace idpwatch::forecast
