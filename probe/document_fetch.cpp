#include "probe/document_fetch.hpp"

#include "base/digest.hpp"

#include <array>
#include <utility>

namespace idpwatch::probe {

namespace {

using model::FailureDetail;
using model::FailureKind;

constexpr int kNotModified = 304;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool same_origin(const std::string& a, const std::string& b) {
  const auto first = base::parse_url(a);
  const auto second = base::parse_url(b);
  return first && second && first->origin() == second->origin();
}

// What is asked and compared: a fragment is never sent, and user info of a foreign document would
// be sent as credentials.
base::Url askable(base::Url url) {
  url.user.clear();
  url.fragment.clear();
  return url;
}

}  // namespace

DocumentFetch::DocumentFetch(net::HttpTransport& transport, const base::Clock& clock,
                             const model::AuthoritySpec& spec, const model::Limits& limits,
                             const DocumentMemory& memory)
    : transport_(transport), clock_(clock), spec_(spec), limits_(limits), memory_(memory) {}

DocumentFetch::~DocumentFetch() { transport_.cancel(request_); }

void DocumentFetch::start(std::string url, bool learned, std::string next, Callback done) {
  done_ = std::move(done);
  next_ = std::move(next);
  deadline_ = clock_.boottime() + spec_.timeout;
  fetch_.url = url;
  hop_ = std::move(url);
  if (learned) {
    if (const auto parsed = base::parse_url(hop_)) hop_ = askable(*parsed).text();
  }
  visited_.insert(hop_);
  ask(learned);
}

bool DocumentFetch::on_configured_host(const base::Url& url) const {
  const std::array<const std::string*, 3> configured{
      &spec_.issuer, spec_.metadata_url ? &*spec_.metadata_url : nullptr,
      spec_.jwks_url ? &*spec_.jwks_url : nullptr};
  for (const std::string* text : configured) {
    if (text == nullptr) continue;
    if (const auto known = base::parse_url(*text); known && known->host == url.host) return true;
  }
  return false;
}

void DocumentFetch::ask(bool learned) {
  net::HttpRequest request;
  request.url = hop_;
  request.total_timeout = deadline_ - clock_.boottime();
  request.connect_timeout = request.total_timeout;
  request.body_limit = limits_.body_bytes;
  request.header_limit = limits_.header_bytes;
  request.http2 = spec_.http2;
  request.ip_version = spec_.ip_version;
  request.proxy = spec_.proxy;
  request.ca_file = spec_.ca_file;
  request.client_cert = spec_.client_cert;
  request.client_key_file = spec_.client_key_file;
  if (learned && !limits_.private_addresses) {
    const auto url = base::parse_url(hop_);
    request.addresses.allow_private = url && on_configured_host(*url);
  }
  request.another_follows = same_origin(hop_, next_);
  conditional_ = memory_.conditional() && memory_.final_url == hop_;
  if (conditional_ && !memory_.etag.empty()) {
    request.headers.emplace_back("If-None-Match", memory_.etag);
  }
  // RFC 9110 section 13.1.3: ignored where the other is understood, asked in case it is not.
  if (conditional_ && !memory_.last_modified.empty()) {
    request.headers.emplace_back("If-Modified-Since", memory_.last_modified);
  }
  request_ = transport_.start(std::move(request), [this](net::HttpResponse response) {
    request_ = 0;
    answered(std::move(response));
  });
}

void DocumentFetch::answered(net::HttpResponse response) {
  take(response);
  if (!fetch_.failure && is_redirect(response.status)) {
    if (redirected(response)) return;
  } else if (!fetch_.failure) {
    take_status();
    if (fetch_.answered() && !fetch_.not_modified) {
      fetch_.sha256 = base::sha256_hex(response.body);
      fetch_.body = std::make_shared<const std::string>(std::move(response.body));
    }
  }
  finish();
}

void DocumentFetch::take(net::HttpResponse& response) {
  fetch_.status = response.status;
  fetch_.phases = response.phases;
  fetch_.address = std::move(response.address);
  fetch_.reused_connection = response.reused_connection;
  fetch_.clock = response.clock;
  fetch_.tls = std::move(response.tls);
  fetch_.failure = std::move(response.failure);
  fetch_.headers = response.headers;
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
    fail(FailureKind::kHttp, FailureDetail::kNone, "HTTP status " + std::to_string(fetch_.status));
  }
}

// Whether another request is under way.
bool DocumentFetch::redirected(const net::HttpResponse& response) {
  const std::string* location = response.header("location");
  const auto from = base::parse_url(hop_);
  if (location == nullptr || !from) {
    fail(FailureKind::kHttp, FailureDetail::kNone, "a redirect without a Location");
    return false;
  }
  const auto to = base::resolve_url(*from, *location);
  if (!to) {
    fail(FailureKind::kHttp, FailureDetail::kNone,
         "a redirect to something else than an http or https URL");
    return false;
  }
  follow(*from, askable(*to));
  return !fetch_.failure;
}

void DocumentFetch::follow(const base::Url& from, const base::Url& to) {
  const std::string next = to.text();
  if (from.https() && !to.https()) {
    fetch_.redirects.push_back(next);
    return fail(FailureKind::kHttp, FailureDetail::kRedirectDowngrade,
                "a redirect from https to http");
  }
  if (!visited_.insert(next).second) {
    fetch_.redirects.push_back(next);
    return fail(FailureKind::kHttp, FailureDetail::kRedirectLoop, "the redirects form a loop");
  }
  if (fetch_.redirects.size() >= static_cast<std::size_t>(limits_.redirects)) {
    return fail(FailureKind::kHttp, FailureDetail::kRedirectLoop,
                "more than " + std::to_string(limits_.redirects) + " redirects");
  }
  fetch_.redirects.push_back(next);
  if (clock_.boottime() >= deadline_) {
    return fail(FailureKind::kTimeout, FailureDetail::kNone,
                "no complete answer within " + base::format_duration(spec_.timeout) +
                    ", following redirects");
  }
  hop_ = next;
  ask(true);
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
