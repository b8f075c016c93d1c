#include "forecast/attribution.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "forecast/imagined.hpp"
#include "forecast/publication.hpp"
#include "forecast/served_world.hpp"
#include "model/jwk.hpp"

#include <nlohmann/json.hpp>

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

// How long a validator that failed may wait before it asks again: 1 s of OpenIddict to the 5 min of
// Microsoft.IdentityModel 8.
constexpr std::array kLookBack{base::seconds(1),  base::seconds(5),  base::seconds(15),
                               base::seconds(30), base::seconds(60), base::seconds(120),
                               base::seconds(300)};

// Of a key set that no validator could make use of, in words; nullopt: it has keys that sign.
std::optional<std::string> useless(const validators::Body& body) {
  const std::string unreadable = "a key set it cannot read";
  if (!body) return unreadable;
  const auto parsed = base::parse_json(*body, {kBodyMax, 64});
  if (!parsed) return unreadable;
  const auto set = model::parse_key_set(*parsed->value);
  if (!set) return unreadable;
  if (set->keys.empty()) return std::string(kNoKeys);
  const bool usable = std::any_of(set->keys.begin(), set->keys.end(), can_sign);
  return usable ? std::nullopt : std::optional<std::string>(kNoUsableKey);
}

// nullopt: a document and a body for the key set come.
std::optional<FetchProblem> problem_at(const validators::Validator& validator,
                                       const validators::World& world, base::Instant at,
                                       bool requires_https, std::string& jwks_uri) {
  const auto urls = validator.metadata_urls();
  const std::string metadata = urls.empty() ? std::string() : urls.front();
  const auto insecure = [&](const std::string& url) {
    return requires_https && !base::iequals(std::string_view(url).substr(0, 8), "https://");
  };
  if (insecure(metadata)) {
    return FetchProblem{"refusal-https", metadata, "the address is not https"};
  }
  const Hop document = follow(world, metadata, at);
  if (auto problem = problem_of(document, validator.fetch_timeout())) return problem;
  const DocumentFacts facts = read_document(document.served.body);
  if (facts.jwks_uri.empty()) {
    return FetchProblem{"refusal-document", metadata, "a document it cannot use"};
  }
  jwks_uri = facts.jwks_uri;
  if (insecure(jwks_uri)) {
    return FetchProblem{"refusal-https", jwks_uri, "the key set's address is not https"};
  }
  const Hop keys = follow(world, jwks_uri, at);
  if (auto problem = problem_of(keys, validator.fetch_timeout())) return problem;
  if (auto why = useless(keys.served.body)) {
    return FetchProblem{"refusal-keys", jwks_uri, std::move(*why)};
  }
  return std::nullopt;
}

// What we find nothing wrong with, a service that starts then may refuse: what it says itself.
std::optional<FetchProblem> refused_content(
    const std::shared_ptr<const validators::Validator>& validator, const validators::World& world,
    base::Instant at, const std::string& jwks_uri) {
  validators::Simulation service(validator);
  const auto token = imagine({}, Signer{"none", "RS256", "none"}, {at, at + base::hours(1)});
  const auto answer =
      service.request(world, {at, at, validators::Credentials::imagined(token)}, true);
  if (service.has_configuration()) return std::nullopt;
  const std::string url = validator->metadata_urls().front();
  if (answer.because.find("ID2098") != std::string::npos) {
    const Hop document = follow(world, url, at);
    return FetchProblem{"refusal-issuer", url,
                        "the issuer '" + read_document(document.served.body).issuer + "'"};
  }
  if (answer.fetches.keys == 0) {
    return FetchProblem{"refusal-document", url, "a document it cannot use"};
  }
  return FetchProblem{"refusal-keys", jwks_uri, "a key set it cannot use"};
}

}  // namespace

FetchProblem fetch_problem(const std::shared_ptr<const validators::Validator>& validator,
                           const validators::World& world, base::Instant at, bool requires_https) {
  std::string jwks_uri;
  if (auto problem = problem_at(*validator, world, at, requires_https, jwks_uri)) return *problem;
  if (auto problem = refused_content(validator, world, at, jwks_uri)) return *problem;
  // All is back, and the service has not asked again since it failed.
  for (const base::Duration back : kLookBack) {
    std::string ignored;
    auto problem = problem_at(*validator, world, at - back, requires_https, ignored);
    if (!problem) continue;
    problem->answer += " when it asked last";
    return *problem;
  }
  return {"refusal-keys", jwks_uri, "a key set it cannot use"};
}

}  // namespace idpwatch::forecast
