#include "probe/client_fetch.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::probe {

namespace {

// An address that answers at all does so within that.
constexpr base::Duration kConnectWithin = base::seconds(3);

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

ClientFetch::ClientFetch(net::HttpTransport& transport, const base::Clock& clock,
                         std::shared_ptr<const model::AuthoritySpec> spec,
                         const model::Limits& limits, model::ClientRequest client)
    : transport_(transport),
      clock_(clock),
      spec_(std::move(spec)),
      limits_(limits),
      client_(std::move(client)) {}

ClientFetch::~ClientFetch() { transport_.cancel(request_); }

void ClientFetch::start(std::shared_ptr<const Target> target, bool allow_private, Callback done) {
  done_ = std::move(done);
  hop_ = std::move(target);
  allow_private_ = allow_private;
  begun_ = clock_.boottime();
  deadline_ =
      begun_ + (client_.ipv6_alone ? std::min(client_.timeout, kConnectWithin) : client_.timeout);
  answer_.as = client_.as;
  answer_.request = client_.key();
  ask();
}

void ClientFetch::ask() {
  net::HttpRequest request;
  request.endpoint = hop_->endpoint;
  if (!hop_->endpoint) request.url = hop_->text();
  request.headers = client_.headers;
  request.total_timeout = request.connect_timeout = deadline_ - clock_.boottime();
  request.body_limit = limits_.body_bytes;
  request.header_limit = limits_.header_bytes;
  request.ip_version = client_.ipv6_alone ? model::IpVersion::kV6 : spec_->ip_version;
  request.suites = client_.suites;
  request.proxy = spec_->proxy;
  if (client_.proxy && hop_->endpoint) {
    if (auto own = client_.proxy->of(hop_->endpoint->url)) request.proxy = std::move(*own);
  }
  request.trust = client_.trust;
  request.ca_file = spec_->ca_file;
  request.on_behalf_of = spec_->name;
  request.fresh_connection = true;
  request.want_tls_facts = client_.trust != nullptr;
  request.raw_body = !client_.decodes;
  if (hop_->learned && !limits_.private_addresses) {
    request.addresses.allow_private = hop_->own_host || allow_private_;
  }
  request_ = transport_.start(std::move(request), [this](net::HttpResponse&& response) {
    request_ = 0;
    answered(std::move(response));
  });
}

void ClientFetch::answered(net::HttpResponse&& response) {
  deadline_ += response.waited;
  begun_ += response.waited;
  answer_.status = response.status;
  if (response.failure) {
    answer_.failure = base::printable(response.failure->message, 200);
    answer_.detail = response.failure->detail;
    if (response.chain && !response.chain->missing.empty()) {
      answer_.failure += ": the store has no '" + base::printable(response.chain->missing) + "'";
    }
    answer_.patience = response.failure->kind == model::FailureKind::kTimeout;
    if (client_.ipv6_alone && answer_.patience && !response.address.empty()) {
      answer_.failure = response.address + " does not answer";
    }
  } else if (is_redirect(response.status) && redirected(response)) {
    return;
  }
  if (const std::string* coding = response.header("content-encoding")) {
    answer_.coding = base::printable(*coding, 40);
  }
  if (!response.failure) {
    answer_.body = std::make_shared<const std::string>(std::move(response.body));
  }
  finish();
}

bool ClientFetch::redirected(const net::HttpResponse& response) {
  const std::string* location = response.header("location");
  if (location == nullptr || !hop_->endpoint || followed_ >= client_.redirects) return false;
  auto to = base::resolve_url(hop_->endpoint->url, *location);
  if (!to || (hop_->endpoint->url.https() && !to->https())) return false;
  ++followed_;
  hop_ = make_target(to->text(), true, *spec_);
  if (clock_.boottime() < deadline_) {
    ask();
    return true;
  }
  answer_.patience = true;
  answer_.failure = "no complete answer in time, following redirects";
  return false;
}

void ClientFetch::finish() {
  answer_.took = clock_.boottime() - begun_;
  // Ours may be destroyed by the callee.
  const Callback done = std::move(done_);
  done(std::move(answer_));
}

}  // namespace idpwatch::probe
