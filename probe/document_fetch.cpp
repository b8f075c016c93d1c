#include "probe/document_fetch.hpp"

#include "base/digest.hpp"
#include "net/address_policy.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace idpwatch::probe {

namespace {

using model::FailureDetail;
using model::FailureKind;

constexpr int kNotModified = 304;

bool same_origin_as(const base::Url& a, const base::Url& b) {
  return a.port == b.port && a.host == b.host && a.scheme == b.scheme;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Of statuses that who asks, and how, may bring about.
FailureDetail detail_of(int status) {
  switch (status) {
    case 400:
    case 401:
    case 403:
    case 406:
      return FailureDetail::kFiltered;
    case 407:
      return FailureDetail::kProxy;
    case 429:
      return FailureDetail::kRateLimited;
    default:
      return FailureDetail::kNone;
  }
}

// Of TLS 1.2 the suites that every client has; empty: TLS 1.3, or none.
bool is_common(std::string_view suite) {
  return suite.empty() ||
         (suite.starts_with("ECDHE-") && suite.find("-GCM-") != std::string_view::npos);
}

// What is asked and compared: a fragment is never sent, and user info of a foreign document would
// be sent as credentials.
base::Url askable(base::Url url) {
  url.user.clear();
  url.fragment.clear();
  return url;
}

void compare_with_configured(Target& target, const base::Url& url,
                             const model::AuthoritySpec& spec) {
  const std::array<const std::string*, 3> configured{
      &spec.issuer, spec.metadata_url ? &*spec.metadata_url : nullptr,
      spec.jwks_url ? &*spec.jwks_url : nullptr};
  for (const std::string* text : configured) {
    if (text == nullptr) continue;
    const auto known = base::parse_url(*text);
    if (!known || known->host != url.host) continue;
    target.own_host = true;
    if (same_origin_as(*known, url)) target.own_origin = true;
  }
}

std::shared_ptr<const Target> to_target(base::Url url, const model::AuthoritySpec& spec) {
  Target target;
  target.learned = true;
  compare_with_configured(target, url, spec);
  std::string text = url.text();
  target.endpoint = net::make_endpoint(std::move(text), std::move(url));
  return std::make_shared<const Target>(std::move(target));
}

}  // namespace

DocumentFetch::DocumentFetch(net::HttpTransport& transport, const base::Clock& clock,
                             std::shared_ptr<const model::AuthoritySpec> spec,
                             const model::Limits& limits, const DocumentMemory& memory)
    : transport_(transport),
      clock_(clock),
      spec_(std::move(spec)),
      limits_(limits),
      memory_(memory) {}

DocumentFetch::~DocumentFetch() { transport_.cancel(request_); }

bool Target::same_origin(const Target& other) const {
  return endpoint && other.endpoint && same_origin_as(endpoint->url, other.endpoint->url);
}

std::shared_ptr<const Target> make_target(std::string text, bool learned,
                                          const model::AuthoritySpec& spec) {
  auto url = base::parse_url(text);
  if (url && learned) return to_target(askable(std::move(*url)), spec);
  Target target;
  target.learned = learned;
  target.own_host = target.own_origin = url.has_value();
  if (url) {
    target.endpoint = net::make_endpoint(std::move(text), std::move(*url));
  } else {
    target.unaskable = std::move(text);
  }
  return std::make_shared<const Target>(std::move(target));
}

void DocumentFetch::start(std::shared_ptr<const Target> target, bool another_follows,
                          Callback done) {
  done_ = std::move(done);
  another_follows_ = another_follows;
  deadline_ = clock_.boottime() + spec_->timeout;
  hop_ = std::move(target);
  fetch_.url = hop_->text();
  ask();
}

void DocumentFetch::ask() {
  net::HttpRequest request;
  request.endpoint = hop_->endpoint;
  if (!hop_->endpoint) request.url = hop_->text();
  request.total_timeout = deadline_ - clock_.boottime();
  request.connect_timeout = request.total_timeout;
  request.body_limit = limits_.body_bytes;
  request.header_limit = limits_.header_bytes;
  request.http2 = spec_->http2;
  request.ip_version = spec_->ip_version;
  request.proxy = spec_->proxy;
  request.ca_file = spec_->ca_file;
  if (hop_->own_origin) {
    request.client_cert = spec_->client_cert;
    request.client_key_file = spec_->client_key_file;
  }
  request.on_behalf_of = spec_->name;
  if (hop_->learned && !limits_.private_addresses) {
    request.addresses.allow_private = hop_->own_host || allow_private_;
  }
  request.another_follows = another_follows_;
  if (intermediate_) request.intermediate = intermediate_->der;
  conditional_ = memory_.conditional() && memory_.from && memory_.from->text() == hop_->text();
  if (conditional_ && !memory_.etag.empty()) {
    request.headers.emplace_back("If-None-Match", memory_.etag);
  }
  // RFC 9110 section 13.1.3: ignored where the other is understood, asked in case it is not.
  if (conditional_ && !memory_.last_modified.empty()) {
    request.headers.emplace_back("If-Modified-Since", memory_.last_modified);
  }
  request_ = transport_.start(std::move(request), [this](net::HttpResponse&& response) {
    request_ = 0;
    answered(std::move(response));
  });
}

void DocumentFetch::answered(net::HttpResponse&& response) {
  take(response);
  if (!fetch_.failure && is_redirect(response.status)) {
    if (redirected()) return;
  } else if (!fetch_.failure) {
    take_status();
    if (fetch_.answered() && !fetch_.not_modified) {
      take_body(std::move(response.body));
    }
  }
  finish();
}

void DocumentFetch::take_body(std::string body) {
  if (memory_.body && *memory_.body == body) {
    fetch_.sha256 = memory_.sha256;
    fetch_.body = memory_.body;
    return;
  }
  fetch_.sha256 = base::sha256_hex(body);
  fetch_.body = std::make_shared<const std::string>(std::move(body));
}

bool DocumentFetch::from_private_network(const model::Fetch& fetch) const {
  return !proxied_ && net::on_private_network(fetch.address);
}

// What other clients may meet otherwise.
void DocumentFetch::take_circumstances(const net::HttpResponse& response) {
  model::Circumstances met;
  met.proxy = response.proxy;
  const bool tls = response.tls != nullptr;
  if (tls && !response.failure && spec_->ca_file) met.trusted_by = *spec_->ca_file;
  if (tls && !is_common(response.tls->suite)) met.suite = response.tls->suite;
  if (const auto& chain = response.chain) {
    met.anchor = chain->anchor;
    met.root = chain->root;
    if (chain->completed && intermediate_) met.missing = intermediate_->told;
    if (!chain->missing.empty() && !chain->url.empty()) {
      met.missing = {chain->missing, chain->url, model::Intermediate::Brought::kUntried};
    }
  }
  sends_whole_chain_ = tls && !response.failure && !(response.chain && response.chain->completed);
  fetch_.circumstances =
      met.plain() ? nullptr : std::make_shared<const model::Circumstances>(std::move(met));
}

void DocumentFetch::take(net::HttpResponse& response) {
  take_circumstances(response);
  // The provider has its whole time, however long our own queue was.
  fetch_.waited += response.waited;
  deadline_ += response.waited;
  fetch_.status = response.status;
  fetch_.phases = response.phases;
  proxied_ = response.proxied;
  fetch_.address = std::move(response.address);
  fetch_.reused_connection = response.reused_connection;
  fetch_.clock = response.clock;
  fetch_.tls = std::move(response.tls);
  fetch_.failure = std::move(response.failure);
  fetch_.headers = std::move(response.headers);
}

void DocumentFetch::take_status() {
  if (fetch_.status == kNotModified) {
    if (!conditional_) {
      return fail(FailureKind::kHttp, FailureDetail::kNone,
                  "HTTP status 304 to a request that was not conditional");
    }
    fetch_.not_modified = true;
    fetch_.sha256 = memory_.sha256;
  } else if (!fetch_.answered()) {
    fail(FailureKind::kHttp, detail_of(fetch_.status),
         "HTTP status " + std::to_string(fetch_.status));
  }
}

// Whether another request is under way.
bool DocumentFetch::redirected() {
  const std::string* location = fetch_.header("location");
  if (location == nullptr || !hop_->endpoint) {
    fail(FailureKind::kHttp, FailureDetail::kNone, "a redirect without a Location");
    return false;
  }
  auto to = base::resolve_url(hop_->endpoint->url, *location);
  if (!to) {
    fail(FailureKind::kHttp, FailureDetail::kNone,
         "a redirect to something else than an http or https URL");
    return false;
  }
  follow(to_target(askable(std::move(*to)), *spec_));
  return !fetch_.failure;
}

void DocumentFetch::follow(std::shared_ptr<const Target> to) {
  const bool seen =
      to->text() == fetch_.url || std::ranges::count(fetch_.redirects, to->text()) > 0;
  const std::size_t followed = fetch_.redirects.size();
  fetch_.redirects.push_back(to->text());
  if (hop_->endpoint->url.https() && !to->endpoint->url.https()) {
    return fail(FailureKind::kHttp, FailureDetail::kRedirectDowngrade,
                "a redirect from https to http");
  }
  if (seen) {
    return fail(FailureKind::kHttp, FailureDetail::kRedirectLoop, "the redirects form a loop");
  }
  if (followed >= static_cast<std::size_t>(limits_.redirects)) {
    return fail(FailureKind::kHttp, FailureDetail::kTooManyRedirects,
                "more than " + std::to_string(limits_.redirects) + " redirects");
  }
  if (clock_.boottime() >= deadline_) {
    return fail(FailureKind::kTimeout, FailureDetail::kNone,
                "no complete answer within " + base::format_duration(spec_->timeout) +
                    ", following redirects");
  }
  hop_ = std::move(to);
  ask();
}

void DocumentFetch::fail(FailureKind kind, FailureDetail detail, std::string message) {
  fetch_.failure = model::Failure{kind, detail, std::move(message)};
}

void DocumentFetch::finish() {
  // Ours may be destroyed by the callee.
  const Callback done = std::move(done_);
  done(std::move(fetch_));
}

}  // namespace idpwatch::probe
