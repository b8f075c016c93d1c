#include "forecast/claims/fetched_address.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "forecast/wording/refusal_remedies.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace idpwatch::forecast {

namespace {

// The address of the document that names it as its jwks_uri; empty: the deployed file leads there.
std::string named_by(const Problem& problem, const DeploymentView& view) {
  const std::string& document = view.validator->addresses().metadata;
  if (document.empty() || view.authority == nullptr || view.authority->history == nullptr) {
    return {};
  }
  const AuthorityHistory& history = *view.authority->history;
  const auto* changes = history.changes(document);
  if (changes == nullptr || problem.url == document) return {};
  const bool names = std::any_of(changes->begin(), changes->end(), [&](const auto& change) {
    return history.readings().of(change.served.body)->document.jwks_uri == problem.url;
  });
  return names ? document : std::string();
}

bool ever_answered(const Problem& problem, const DeploymentView& view) {
  if (view.authority == nullptr || view.authority->history == nullptr) return false;
  const auto* changes = view.authority->history->changes(problem.url);
  return changes != nullptr && std::any_of(changes->begin(), changes->end(), [](const auto& one) {
           return one.served.fault == validators::Fault::kNone && one.served.status / 100 == 2;
         });
}

// What it does, as a verb: not every failure is an answer.
std::string what_it_does(std::string_view answer) {
  struct Row {
    std::string_view begin, verb;
  };
  constexpr std::array kRows{
      Row{"connection refused", "refuses connections"},
      Row{"no such host name", "does not resolve (no such host name)"},
      Row{"connection closed without", "closes the connection without an answer"},
      Row{"connection closed in", "closes the connection in the middle of the answer"},
      Row{"certificate of an unknown", "shows a certificate whose issuer is not trusted"},
      Row{"certificate of another", "shows a certificate of another name"},
      Row{"expired certificate", "shows an expired certificate"},
      Row{"the TLS handshake fails", "fails in the TLS handshake"},
      Row{"redirects without end", "redirects without end"},
  };
  constexpr std::string_view kStatus = "status ";
  for (const Row& row : kRows) {
    if (answer.starts_with(row.begin)) return std::string(row.verb);
  }
  if (answer.starts_with(kStatus)) return "answers " + std::string(answer.substr(kStatus.size()));
  if (answer.starts_with("no answer")) return "gives " + std::string(answer);
  if (answer.starts_with("the first octet")) return "sends " + std::string(answer);
  return "serves " + std::string(answer);
}

// 401 of "status 401 ..."; 0: no status.
int status_of(std::string_view answer) {
  constexpr std::string_view kStatus = "status ";
  if (!answer.starts_with(kStatus) || answer.size() < kStatus.size() + 3) return 0;
  int status = 0;
  for (const char c : answer.substr(kStatus.size(), 3)) {
    if (c < '0' || c > '9') return 0;
    status = status * 10 + (c - '0');
  }
  return status;
}

std::string at(const std::string& place) { return place.empty() ? "" : " at " + place; }

// It is the provider that names an address which services cannot use.
std::string wrong_jwks_uri(const Problem& problem, const std::string& document) {
  const auto key_set = base::parse_url(problem.url);
  const auto own = base::parse_url(document);
  const bool elsewhere = key_set && own && key_set->origin() != own->origin();
  const int status = status_of(problem.answer);
  if (!elsewhere && status / 100 == 5) {
    return "The fault is the provider's: " + base::printable(problem.url) +
           ", which the document at " + base::printable(document) + " names, answers " +
           std::to_string(status) + ". See its status page, or its logs.";
  }
  std::string text = "Check that the service can reach " + base::printable(problem.url) +
                     ", which the document at " + base::printable(document) + " names";
  if (elsewhere) {
    text +=
        " on another host: have the provider publish its public address there (behind a proxy: "
        "forwarded headers; Keycloak: KC_HOSTNAME; IdentityServer: its public origin)";
  }
  return text + ".";
}

// The deployed file names an address that was never seen to work.
std::string wrong_address(const Problem& problem, const std::string& place) {
  const std::string url = base::printable(problem.url);
  const int status = status_of(problem.answer);
  if (status / 100 != 4) {
    return "Check that the provider runs at " + url + "; if that is not its address, correct it" +
           at(place) + ".";
  }
  std::string text = "Correct the address" + at(place) + ": " + url + " answers " +
                     std::to_string(status) + " and was never seen to work.";
  if (problem.url.find("/oauth2/") != std::string::npos && status == 401) {
    return text + " An Okta org without a custom authorization server answers 401 there.";
  }
  return text + " Compare tenant, realm and path with the provider's own.";
}

}  // namespace

std::string place_of_authority(const model::ValidatorSettings& settings) {
  return place_of(settings.metadata_url.has_value() ? settings.metadata_url.origin()
                                                    : settings.authority.origin());
}

std::string fetch_cause(const Problem& problem, const DeploymentView& view, base::Instant now) {
  const std::string url = base::printable(problem.url);
  if (problem.well_since) {
    return "an instance that started before " + instant_for_people(*problem.well_since, now) +
           " may not have fetched it yet: until then " + url + " failed (" +
           base::printable(problem.answer) + ")";
  }
  const std::string does =
      problem.meeting ? "cannot be fetched by the service: " + base::printable(problem.answer)
                      : base::printable(what_it_does(problem.answer));
  const std::string document = named_by(problem, view);
  if (document.empty()) return url + " " + does;
  return "the document at " + base::printable(document) + " names " + url +
         " as its jwks_uri, which " + does;
}

std::string fetch_remedy(const Problem& problem, const DeploymentView& view) {
  if (ever_answered(problem, view)) {
    return "Restore " + base::printable(problem.url) +
           ": it worked before. See the provider's status page or logs, then the network in "
           "between.";
  }
  const std::string document = named_by(problem, view);
  return document.empty() ? wrong_address(problem, place_of_authority(view.settings))
                          : wrong_jwks_uri(problem, document);
}

}  // namespace idpwatch::forecast
