#include "watch/response_history.hpp"

#include "base/url.hpp"
#include "forecast/history/body_reading.hpp"
#include "model/jwk.hpp"
#include "watch/own_limit.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace idpwatch::watch {

namespace {

using validators::Fault;
using validators::Served;

Fault fault_of(const model::Failure& failure) {
  switch (failure.kind) {
    case model::FailureKind::kDns:
      return Fault::kDns;
    case model::FailureKind::kConnect:
      return Fault::kRefused;
    case model::FailureKind::kTimeout:
      return Fault::kTimeout;
    case model::FailureKind::kBody:
      return Fault::kTruncated;
    case model::FailureKind::kHttp:
      return Fault::kNone;
    case model::FailureKind::kTls:
      break;
  }
  switch (failure.detail) {
    case model::FailureDetail::kCertificateName:
      return Fault::kTlsName;
    case model::FailureDetail::kCertificateExpired:
    case model::FailureDetail::kCertificateNotYetValid:
      return Fault::kTlsExpired;
    case model::FailureDetail::kNone:
    case model::FailureDetail::kRedirectLoop:
    case model::FailureDetail::kTooManyRedirects:
    case model::FailureDetail::kRedirectDowngrade:
    case model::FailureDetail::kAddressRefused:
    case model::FailureDetail::kTooLarge:
    case model::FailureDetail::kOurs:
    case model::FailureDetail::kLegacyRenegotiation:
    case model::FailureDetail::kRenegotiation:
    case model::FailureDetail::kTlsLevel:
    case model::FailureDetail::kCoding:
    case model::FailureDetail::kProxy:
    case model::FailureDetail::kFiltered:
    case model::FailureDetail::kRateLimited:
      return Fault::kHandshake;
    case model::FailureDetail::kCertificateUntrusted:
      return Fault::kTls;
  }
  return Fault::kHandshake;
}

// Until the first octet; where nothing came in time, as long as was waited.
base::Duration delay_of(const model::Fetch& fetch, const model::Circumstances* circumstances) {
  const bool silent = fetch.failure && fetch.failure->kind == model::FailureKind::kTimeout;
  if (!silent) return base::Duration(fetch.phases.first_byte_us);
  return circumstances != nullptr ? circumstances->waited : base::Duration(0);
}

// The newest good answers among some spans.
struct LastGood {
  std::optional<model::ObservationSpan> discovery, jwks;

  [[nodiscard]] bool whole() const { return discovery && jwks; }
};

void add_older(LastGood& found, const std::vector<model::ObservationSpan>& spans) {
  LastGood here;
  for (const model::ObservationSpan& span : spans) {
    if (span.discovery_status == 200 && !span.discovery_sha256.empty()) here.discovery = span;
    if (span.jwks_status == 200 && !span.jwks_sha256.empty()) here.jwks = span;
  }
  if (!found.discovery) found.discovery = std::move(here.discovery);
  if (!found.jwks) found.jwks = std::move(here.jwks);
}

// An outage may be longer than what is remembered: what runs lives on what was good before it.
constexpr base::Duration kSearched = base::hours(24 * 400);
constexpr base::Duration kAtOnce = base::hours(24 * 8);

base::Status find_older(storage::Reader& stored, const std::string& authority, base::Instant until,
                        LastGood& found) {
  const base::Instant end = until - kSearched;
  while (!found.whole() && until > end) {
    const auto spans = stored.spans(authority, until - kAtOnce, until);
    if (!spans) return base::fail(spans.error());
    add_older(found, *spans);
    until -= kAtOnce;
  }
  return base::Ok{};
}

// "connect", "connect/address-refused", "timeout//{...}": as a span holds them.
struct SpanFailure {
  std::optional<model::Failure> failure;
  model::Circumstances circumstances;
};

SpanFailure failure_of_span(std::string_view text) {
  const auto next = [&text] {
    const std::string_view part = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
  };
  SpanFailure out;
  const auto kind = model::failure_kind(next());
  const auto detail = model::failure_detail(next());
  if (kind) {
    out.failure = model::Failure{*kind, detail.value_or(model::FailureDetail::kNone), {}};
  }
  if (!text.empty()) out.circumstances = model::read_circumstances(text);
  return out;
}

// The one of them that is stored as `url`; itself where none is, or nothing was left out.
std::string in_full(const std::string& url, const std::vector<std::string>& of) {
  if (url.find('?') == std::string::npos) return url;
  const auto found = std::ranges::find(of, url, &base::without_url_secrets);
  return found == of.end() ? url : *found;
}

// A look that we held up ourselves has no times.
bool measured(const model::Fetch& fetch) { return fetch.phases.total_us > 0; }

Served redirect_to(const std::string& location) {
  Served served;
  served.status = 302;
  served.location = location;
  return served;
}

}  // namespace

Served served_of(const model::Fetch& fetch, const std::shared_ptr<const std::string>& body) {
  Served served;
  if (fetch.failure) served.fault = fault_of(*fetch.failure);
  served.status = fetch.not_modified ? 200 : fetch.status;
  served.body = body ? body : fetch.body;
  served.circumstances = model::circumstances_of(fetch);
  served.delay = delay_of(fetch, served.circumstances.get());
  if (const std::string* type = fetch.header("content-type")) served.content_type = *type;
  if (const std::string* location = fetch.header("location")) served.location = *location;
  return served;
}

void ResponseHistory::observe(const model::Observation& seen,
                              const std::shared_ptr<const std::string>& discovery,
                              const std::shared_ptr<const std::string>& jwks) {
  if ((seen.discovery && measured(*seen.discovery)) || (seen.jwks && measured(*seen.jwks))) {
    latency_ = base::Duration(0);
  }
  if (seen.discovery) {
    discovery_url_ = seen.discovery->url;
    observe_part(*seen.discovery, discovery, seen.at);
  }
  if (seen.jwks) {
    jwks_url_ = seen.jwks->url;
    observe_part(*seen.jwks, jwks, seen.at);
  }
  observed_at_ = seen.at;
  history_.trim(seen.at - kHorizon);
}

void ResponseHistory::clock_set(base::Duration step) {
  history_.shift(step);
  if (observed_at_ != base::Instant()) observed_at_ += step;
}

void ResponseHistory::observe_part(const model::Fetch& fetch,
                                   const std::shared_ptr<const std::string>& body,
                                   base::Instant at) {
  if (fetch.ours()) return;
  // Our own limit ended it: what a service is handed, nobody saw. Unless it was asked for as the
  // service asks.
  const bool asked_again = fetch.circumstances && !fetch.circumstances->again.empty();
  if (!own_limit(fetch).empty() && (!asked_again || fetch.redirects.empty())) return;
  // What was stored by a clock that has been set back since is not later than this look.
  const base::Instant before = observed_at_ == base::Instant() ? at : std::min(observed_at_, at);
  latency_ = std::max(latency_, base::Duration(fetch.phases.total_us));
  std::string url = fetch.url;
  if (!own_limit(fetch).empty()) {
    Served served = redirect_to(fetch.redirects.front());
    served.circumstances = model::circumstances_of(fetch);
    history_.add(url, {before, at, std::move(served)});
    return;
  }
  for (const std::string& next : fetch.redirects) {
    history_.add(url, {before, at, redirect_to(next)});
    // A loop comes back to a URL that is known to redirect already.
    if (next == fetch.url) return;
    url = next;
  }
  Served served = served_of(fetch, body);
  // Not measured: as far as is known it is as slow as it was.
  const auto* former = fetch.failure || measured(fetch) ? nullptr : history_.changes(url);
  if (former != nullptr) served.delay = former->back().served.delay;
  history_.add(url, {before, at, std::move(served)});
}

base::Status ResponseHistory::restore(storage::Reader& stored, const std::string& authority,
                                      base::Instant now, const std::vector<std::string>& asked) {
  const auto spans = stored.spans(authority, now - kHorizon, now);
  if (!spans) return base::fail(spans.error());
  std::map<std::string, std::shared_ptr<const std::string>> bodies;
  const auto body = [&](const std::string& sha256) -> std::shared_ptr<const std::string> {
    if (sha256.empty()) return nullptr;
    auto& held = bodies[sha256];
    if (held) return held;
    auto document = stored.document(sha256);
    if (document && *document) held = std::make_shared<const std::string>(std::move(**document));
    return held;
  };
  const auto part = [&](const std::string& url, int status, const std::string& failure,
                        const std::string& sha256, base::Instant at) {
    if (url.empty()) return;
    model::Fetch fetch;
    fetch.url = url;
    fetch.status = status;
    SpanFailure stored_failure = failure_of_span(failure);
    if (stored_failure.failure) {
      const bool told = stored_failure.failure->detail != model::FailureDetail::kNone;
      if (status == 0 || told) fetch.failure = std::move(stored_failure.failure);
    }
    if (!stored_failure.circumstances.plain()) {
      fetch.circumstances =
          std::make_shared<const model::Circumstances>(std::move(stored_failure.circumstances));
    }
    if (std::string why = own_limit(fetch); !why.empty()) unseen_ = std::move(why);
    observe_part(fetch, body(sha256), at);
  };
  const auto add = [&](const model::ObservationSpan& span, bool discovery, bool jwks) {
    unseen_.clear();
    const std::string document = in_full(span.discovery_url, asked);
    if (discovery && !document.empty()) discovery_url_ = document;
    if (discovery) {
      part(document, span.discovery_status, span.discovery_failure, span.discovery_sha256,
           span.first);
    }
    std::string keys = in_full(span.jwks_url, asked);
    if (const auto published = body(span.discovery_sha256); published && keys == span.jwks_url) {
      keys = in_full(keys, {history_.readings().of(published)->document.jwks_uri});
    }
    if (jwks) part(keys, span.jwks_status, span.jwks_failure, span.jwks_sha256, span.first);
    if (jwks && !keys.empty()) jwks_url_ = keys;
    observed_at_ = span.last;
  };
  LastGood recent;
  add_older(recent, *spans);
  LastGood before = recent;
  if (!recent.whole()) {
    const auto searched = find_older(stored, authority, now - kHorizon, before);
    if (!searched) return searched;
  }
  if (!recent.discovery && before.discovery) add(*before.discovery, true, false);
  if (!recent.jwks && before.jwks) add(*before.jwks, false, true);
  for (const model::ObservationSpan& span : *spans) add(span, true, true);
  return base::Ok{};
}

std::string ResponseHistory::issuer() const {
  const auto* changes = history_.changes(answering(discovery_url_));
  if (changes == nullptr) return {};
  for (auto one = changes->rbegin(); one != changes->rend(); ++one) {
    const auto reading = history_.readings().of(one->served.body);
    if (!reading->document.issuer.empty()) return reading->document.issuer;
  }
  return {};
}

// Where redirects from there lead by the newest look.
std::string ResponseHistory::answering(std::string url) const {
  constexpr int kHopsMax = 20;
  for (int hop = 0; hop < kHopsMax; ++hop) {
    const auto* changes = history_.changes(url);
    if (changes == nullptr || changes->back().served.status / 100 != 3 ||
        changes->back().served.location.empty()) {
      break;
    }
    const auto from = base::parse_url(url);
    const auto to = from ? base::resolve_url(*from, changes->back().served.location) : from;
    if (!to) break;
    url = to->text();
  }
  return url;
}

std::vector<forecast::KnownKey> ResponseHistory::known_keys() const {
  std::vector<forecast::KnownKey> known;
  const auto* changes = history_.changes(answering(jwks_url_));
  if (changes == nullptr) return known;
  std::unordered_map<std::string_view, std::size_t> places;  // by thumbprint
  std::vector<std::size_t> before;                           // those of the set before
  const std::string* read = nullptr;
  bool first = true;
  for (const forecast::ServedChange& change : *changes) {
    const auto& body = change.served.body;
    if (change.served.status != 200 || !body || body.get() == read) continue;
    const auto reading = history_.readings().of(body);
    if (!reading->key_set) continue;
    read = body.get();
    for (const std::size_t place : before) known[place].first_absent_at = change.at;
    before.clear();
    for (const model::Jwk& key : *reading->all_keys) {
      if (!key.decodable()) continue;
      const auto [place, added] = places.try_emplace(key.thumbprint, known.size());
      if (added) known.push_back({key, change.at, std::nullopt, first});
      known[place->second].first_absent_at.reset();
      before.push_back(place->second);
    }
    first = false;
  }
  return known;
}

}  // namespace idpwatch::watch
