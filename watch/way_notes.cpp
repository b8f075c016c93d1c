#include "watch/way_notes.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/reachability/outcome.hpp"
#include "watch/own_limit.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace idpwatch::watch {

namespace {

void add_once(std::vector<std::string>& notes, std::string note) {
  if (std::ranges::find(notes, note) == notes.end()) notes.push_back(std::move(note));
}

std::string host_of(const model::Fetch& fetch) {
  const auto url = base::parse_url(fetch.redirects.empty() ? fetch.url : fetch.redirects.back());
  return url ? base::printable(url->host) : base::printable(base::redact_url(fetch.url));
}

std::string compressed(const std::string& host, const model::AskedAgain& again) {
  return host + " compresses (" + base::printable(again.coding, 40) +
         ") though not asked for: it answers " + base::printable(again.as) + " so";
}

std::string asked_again(const std::string& host, const model::AskedAgain& again) {
  const std::string answer =
      again.failure.empty() ? std::to_string(again.status) : base::printable(again.failure);
  return host + " was asked again as " + base::printable(again.as) + " asks: " + answer +
         " after " + base::describe_duration(again.took);
}

void add_circumstances(std::vector<std::string>& notes, const std::string& host,
                       const model::Circumstances& met) {
  if (!met.trusted_by.empty()) {
    add_once(notes, host + " is trusted by ca_file " + base::printable(met.trusted_by));
  }
  if (!met.root.empty()) {
    add_once(notes, "trust in " + host + " ends at '" + base::printable(met.anchor) +
                        "'; its root '" + base::printable(met.root) + "' is not in the store");
  }
  if (!met.suite.empty()) {
    add_once(notes, host + " negotiates " + base::printable(met.suite));
  }
  for (const model::AskedAgain& again : met.again) {
    if (!again.coding.empty()) add_once(notes, compressed(host, again));
    add_once(notes, asked_again(host, again));
  }
}

// A name with fewer dots than ndots is asked for below each search domain first (resolv.conf(5)).
std::string searched_first(const std::string& host,
                           const std::optional<deployed::ResolverFacts>& resolver) {
  if (!resolver || resolver->search.empty() || host.empty()) return {};
  const bool address =
      host.front() == '[' || host.find_first_not_of("0123456789.") == std::string::npos;
  if (address || std::ranges::count(host, '.') >= resolver->ndots) return {};
  return "the service's resolver asks for " + host + "." +
         base::printable(resolver->search.front()) +
         " first (search and ndots:" + std::to_string(resolver->ndots) +
         " of its resolv.conf): if that name has an address, it is asked instead";
}

}  // namespace

std::vector<std::string> way_of(const model::Observation& seen) {
  std::vector<std::string> notes;
  for (const std::optional<model::Fetch>* part : {&seen.discovery, &seen.jwks}) {
    if (!*part) continue;
    const model::Fetch& fetch = **part;
    const std::string host = host_of(fetch);
    const bool proxied = fetch.circumstances && !fetch.circumstances->proxy.empty();
    if (proxied) {
      add_once(notes, host + " by the proxy " + base::printable(fetch.circumstances->proxy));
    } else if (!fetch.address.empty()) {
      add_once(notes, host + " at " + base::printable(fetch.address) + ", resolved by this host");
    }
    if (fetch.circumstances) add_circumstances(notes, host, *fetch.circumstances);
  }
  return notes;
}

bool went_by_tls(const model::Observation& seen) {
  return std::ranges::any_of(std::array{&seen.discovery, &seen.jwks},
                             [](const auto* part) { return *part && (*part)->tls != nullptr; });
}

std::vector<std::string> resolver_notes(const model::Observation& seen,
                                        const forecast::ServiceRoute& route,
                                        std::string_view vantage) {
  std::vector<std::string> notes;
  if (route.same_place || (!route.in_container && !route.resolver)) return notes;
  for (const std::optional<model::Fetch>* part : {&seen.discovery, &seen.jwks}) {
    if (!*part || (*part)->address.empty()) continue;
    const std::string host = host_of(**part);
    add_once(notes, host + " was resolved on " + base::printable(vantage) + ": " +
                        base::printable((*part)->address) +
                        "; the service resolves it in its own container");
    if (std::string searched = searched_first(host, route.resolver); !searched.empty()) {
      add_once(notes, std::move(searched));
    }
  }
  return notes;
}

std::string ended_by_us(const model::Observation& seen) {
  if (std::string limit = own_limit(seen); !limit.empty()) return limit;
  for (const std::optional<model::Fetch>* part : {&seen.discovery, &seen.jwks}) {
    if (!*part || !(*part)->failure) continue;
    if (checks::is_dropped(**part)) {
      return host_of(**part) + " was not reached from here: no packet comes back";
    }
    if ((*part)->failure->detail != model::FailureDetail::kRenegotiation) continue;
    return host_of(**part) + " asks for renegotiation, which idpwatch never allows";
  }
  return {};
}

}  // namespace idpwatch::watch
