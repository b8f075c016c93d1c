#include "forecast/claims/attribution.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "forecast/claims/imagined.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace idpwatch::forecast {

namespace {

using validators::Fault;
using validators::Served;

// HttpClientHandler.MaxAutomaticRedirections, MaxResponseContentBufferSize of JwtBearer.
constexpr int kRedirectsMax = 50;
constexpr std::size_t kBodyMax = 10UL * 1024 * 1024;

struct Hop {
  Served served;
  std::string url;
  bool loop = false;
};

Hop follow(const validators::World& world, std::string url, base::Instant at) {
  base::Duration waited{0};
  for (int hop = 0;; ++hop) {
    Served served = world.fetch(url, at);
    waited += served.delay;
    served.delay = waited;
    const bool redirects =
        served.fault == Fault::kNone && served.status / 100 == 3 && !served.location.empty();
    if (!redirects || hop == kRedirectsMax) return {std::move(served), std::move(url), redirects};
    const auto from = base::parse_url(url);
    const auto to = from ? base::resolve_url(*from, served.location) : from;
    if (!to || (from->https() && !to->https())) return {std::move(served), std::move(url), false};
    url = to->text();
  }
}

// nullopt: a body came.
std::optional<FetchProblem> problem_of(const Hop& hop, base::Duration timeout) {
  const Served& served = hop.served;
  const auto made = [&](std::string rule, std::string answer) {
    return FetchProblem{std::move(rule), hop.url, std::move(answer)};
  };
  // Who waited longer than the service would, and gave up, has seen enough.
  const bool silent = served.fault == Fault::kTimeout;
  if (served.delay >= timeout && (silent || served.fault == Fault::kNone)) {
    const std::string waited = base::describe_duration(served.delay);
    return made("refusal-slow",
                (silent ? "no answer in " + waited : "the first octet after " + waited) +
                    ", the service waits " + base::describe_duration(timeout));
  }
  const std::string fault(validators::describe(served.fault));
  switch (served.fault) {
    case Fault::kNone:
      break;
    case Fault::kTimeout:
    case Fault::kReset:
    case Fault::kTruncated:
    case Fault::kRefused:
    case Fault::kDns:
      return made("refusal-unreachable", fault);
    case Fault::kTls:
    case Fault::kTlsName:
    case Fault::kTlsExpired:
      return made("refusal-tls", fault);
  }
  const std::string status = "status " + std::to_string(served.status);
  if (served.status / 100 == 3) {
    return made("refusal-redirect", hop.loop ? "redirects without end"
                                             : status + " to " + base::printable(served.location));
  }
  if (served.status / 100 != 2) return made("refusal-unreachable", status);
  if (served.body && served.body->size() > kBodyMax) {
    return made("refusal-size", std::to_string(served.body->size()) + " octets");
  }
  return std::nullopt;
}

}  // namespace

Family family_of(std::string_view error) {
  struct Row {
    std::string_view id;
    Family family;
  };
  static constexpr std::array kRows{Row{"IDX10500", Family::kKeys},
                                    Row{"IDX10501", Family::kKeys},
                                    Row{"IDX10503", Family::kKeys},
                                    Row{"IDX10511", Family::kKeys},
                                    Row{"IDX10516", Family::kKeys},
                                    Row{"IDX10517", Family::kKeys},
                                    Row{"IDX10508", Family::kKeys},
                                    Row{"IDX10248", Family::kKeys},
                                    Row{"IDX10249", Family::kKeys},
                                    Row{"ID2090", Family::kKeys},
                                    Row{"ID2091", Family::kKeys},
                                    Row{"IDX10204", Family::kIssuer},
                                    Row{"IDX10205", Family::kIssuer},
                                    Row{"IDX10211", Family::kIssuer},
                                    Row{"ID2088", Family::kIssuer},
                                    Row{"IDX40001", Family::kIssuer},
                                    Row{"IDX40002", Family::kIssuer},
                                    Row{"IDX40003", Family::kIssuer},
                                    Row{"IDX40004", Family::kIssuer},
                                    Row{"IDX40005", Family::kIssuer},
                                    Row{"IDX40009", Family::kIssuer},
                                    Row{"IDX10206", Family::kAudience},
                                    Row{"IDX10208", Family::kAudience},
                                    Row{"IDX10214", Family::kAudience},
                                    Row{"ID2093", Family::kAudience},
                                    Row{"ID2094", Family::kAudience},
                                    Row{"IDX10222", Family::kLifetime},
                                    Row{"IDX10223", Family::kLifetime},
                                    Row{"IDX10224", Family::kLifetime},
                                    Row{"IDX10225", Family::kLifetime},
                                    Row{"ID2019", Family::kLifetime},
                                    Row{"IDX20108", Family::kHttps},
                                    Row{"metadata-not-https", Family::kHttps}};
  for (const Row& row : kRows) {
    if (row.id == error) return row.family;
  }
  return Family::kOther;
}

model::Origin interval_origin(const model::ValidatorSettings& settings, std::string_view error) {
  if (error == "IDX20106" || error == "IDX10107") return settings.min_refresh.origin();
  if (error == "IDX20107" || error == "IDX10108") return settings.automatic_refresh.origin();
  return {};
}

bool is_reaching(std::string_view rule) {
  return rule == "refusal-unreachable" || rule == "refusal-slow" || rule == "refusal-redirect" ||
         rule == "refusal-tls" || rule == "refusal-size";
}

bool is_fetching(std::string_view rule) {
  return is_reaching(rule) || rule == "refusal-document" || rule == "refusal-keys";
}

namespace {

// A validator that failed asks again long before this is over: within 5 min, in
// Microsoft.IdentityModel.
constexpr base::Duration kLookBack = base::hours(1);

bool insecure(const std::string& url) {
  return !base::iequals(std::string_view(url).substr(0, 8), "https://");
}

}  // namespace

FetchProblems::FetchProblems(std::shared_ptr<const validators::Validator> validator,
                             const ServedWorld& world, bool requires_https)
    : validator_(std::move(validator)),
      world_(world),
      requires_https_(requires_https),
      changes_(world.changes()) {}

FetchProblem FetchProblems::at(base::Instant at) {
  Fetched& now = fetched(at);
  if (now.problem) return *now.problem;
  if (!now.asked) now.refused = refused_content(at, now.jwks_uri);
  now.asked = true;
  if (now.refused) return *now.refused;
  // All is back, and the service has not asked again since it failed.
  if (const FetchProblem* before = newest_before(at)) return *before;
  return {"refusal-keys", fetched(at).jwks_uri, "a key set it cannot use"};
}

// Null: nothing was wrong for so long that no validator could still wait because of it.
const FetchProblem* FetchProblems::newest_before(base::Instant at) {
  auto change = std::upper_bound(changes_.begin(), changes_.end(), at);
  while (change != changes_.begin() && *--change > at - kLookBack) {
    const Fetched& before = fetched(*change - base::milliseconds(1));
    if (before.problem) return &*before.problem;
  }
  return nullptr;
}

FetchProblems::Fetched& FetchProblems::fetched(base::Instant at) {
  const auto later = std::upper_bound(changes_.begin(), changes_.end(), at);
  const auto [entry, added] =
      fetched_.try_emplace(static_cast<std::size_t>(later - changes_.begin()));
  if (!added) return entry->second;
  const std::size_t invented = world_.invented();
  entry->second = fetch(at);
  if (entry->second.problem) entry->second.problem->invented = world_.invented() != invented;
  return entry->second;
}

FetchProblems::Fetched FetchProblems::fetch(base::Instant at) const {
  Fetched found;
  const auto urls = validator_->metadata_urls();
  const std::string metadata = urls.empty() ? std::string() : urls.front();
  if (requires_https_ && insecure(metadata)) {
    found.problem = FetchProblem{"refusal-https", metadata, "the address is not https"};
    return found;
  }
  const Hop document = follow(world_, metadata, at);
  found.problem = problem_of(document, validator_->fetch_timeout());
  if (found.problem) return found;
  found.jwks_uri = world_.read(document.served.body)->document.jwks_uri;
  if (found.jwks_uri.empty()) {
    found.problem = FetchProblem{"refusal-document", metadata, "a document it cannot use"};
    return found;
  }
  if (requires_https_ && insecure(found.jwks_uri)) {
    found.problem =
        FetchProblem{"refusal-https", found.jwks_uri, "the key set's address is not https"};
    return found;
  }
  const Hop keys = follow(world_, found.jwks_uri, at);
  found.problem = problem_of(keys, validator_->fetch_timeout());
  if (found.problem) return found;
  if (auto why = useless(keys.served.body)) {
    found.problem = FetchProblem{"refusal-keys", found.jwks_uri, std::move(*why)};
  }
  return found;
}

// Of a key set that no validator could make use of, in words; nullopt: it has keys that sign.
std::optional<std::string> FetchProblems::useless(const validators::Body& body) const {
  const auto reading = world_.read(body);
  if (!reading->key_set) return "a key set it cannot read";
  if (reading->all_keys->empty()) return std::string(kNoKeys);
  return reading->keys->empty() ? std::optional<std::string>(kNoUsableKey) : std::nullopt;
}

// What we find nothing wrong with, a service that starts then may refuse: what it says itself.
std::optional<FetchProblem> FetchProblems::refused_content(base::Instant at,
                                                           const std::string& jwks_uri) const {
  validators::Simulation service(validator_);
  const auto token = imagine({}, Signer{"none", "RS256", "none"}, {at, at + base::hours(1)});
  const auto answer =
      service.request(world_, {at, at, validators::Credentials::imagined(token)}, true);
  if (service.has_configuration()) return std::nullopt;
  const std::string url = validator_->metadata_urls().front();
  if (answer.because.find("ID2098") != std::string::npos) {
    const Hop document = follow(world_, url, at);
    return FetchProblem{"refusal-issuer", url,
                        "the issuer '" + world_.read(document.served.body)->document.issuer + "'"};
  }
  if (answer.fetches.keys == 0) {
    return FetchProblem{"refusal-document", url, "a document it cannot use"};
  }
  return FetchProblem{"refusal-keys", jwks_uri, "a key set it cannot use"};
}

}  // namespace idpwatch::forecast
