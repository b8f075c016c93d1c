#include "alerts/delivery.hpp"

#include "alerts/receivers/kinds.hpp"
#include "base/encoding.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace idpwatch::alerts {

namespace {

constexpr base::Duration kConnectTimeout = base::seconds(5);  // docs/alerts.md
constexpr std::uint64_t kAnswerBytes = std::uint64_t{64} * 1024;

std::string header_text(const net::HttpResponse& response, std::string_view name) {
  const std::string* value = response.header(name);
  return value != nullptr ? *value : std::string();
}

// A file that the receiver's settings name is theirs to mend, and told as a trouble of that
// receiver.
bool lacked(const model::Failure& failure) {
  return failure.detail == model::FailureDetail::kOurs && failure.kind != model::FailureKind::kTls;
}

// Whether the receiver may have read the request before it failed.
bool may_have_arrived(const net::HttpResponse& response) {
  if (response.unsent) return false;
  if (!response.failure) return true;
  switch (response.failure->kind) {
    case model::FailureKind::kDns:
    case model::FailureKind::kConnect:
    case model::FailureKind::kTls:
      return false;
    case model::FailureKind::kTimeout:
      return response.reused_connection || response.phases.connect_us > 0;
    case model::FailureKind::kHttp:
    case model::FailureKind::kBody:
      return true;
  }
  return true;
}

}  // namespace

net::HttpRequest request_to(const ReceiverConfig& receiver, std::string url, std::string body,
                            std::string content_type) {
  net::HttpRequest request;
  request.on_behalf_of = receiver.name;
  request.urgent = true;
  request.method = net::Method::kPost;
  request.url = std::move(url);
  request.headers.emplace_back("Content-Type", std::move(content_type));
  if (!receiver.token.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + receiver.token);
  } else if (!receiver.username.empty()) {
    const std::string both = receiver.username + ":" + receiver.password;
    request.headers.emplace_back("Authorization", "Basic " + base::base64_encode(both));
  }
  request.body = std::move(body);
  request.connect_timeout = std::min(kConnectTimeout, receiver.timeout);
  request.total_timeout = receiver.timeout;
  request.body_limit = kAnswerBytes;
  request.proxy = receiver.proxy;
  request.ca_file = receiver.ca_file;
  request.addresses.allow_private = true;  // the operator wrote this URL
  request.want_tls_facts = false;
  return request;
}

base::Result<std::vector<net::HttpRequest>> make_requests(base::Instant now,
                                                          const ReceiverConfig& receiver,
                                                          const model::OutboxMessage& message) {
  auto rendered = kind_of(receiver).render(now, receiver, message);
  if (!rendered) return base::fail(std::move(rendered.error()));
  std::vector<net::HttpRequest> requests;
  for (const std::string& url : rendered->urls) {
    requests.push_back(request_to(receiver, url, rendered->body, rendered->content_type));
    if (rendered->mail) requests.back().headers.clear();  // those of HTTP
    requests.back().mail = rendered->mail;
    std::ranges::copy(rendered->headers, std::back_inserter(requests.back().headers));
  }
  return requests;
}

AttemptResult attempt_result(const ReceiverConfig& receiver, const net::HttpResponse& response) {
  const Kind& kind = kind_of(receiver);
  AttemptResult result;
  result.status = response.status;
  result.final_status = std::ranges::count(kind.final_statuses, response.status) > 0;
  const bool taken = response.status >= 200 && response.status < 300 && !response.failure;
  if (taken && kind.refused != nullptr) result.refused = kind.refused(response);
  if (response.failure) {
    result.failure = model::to_text(response.failure->kind);
    result.message = response.failure->message;
    result.ours = lacked(*response.failure);
  }
  result.smtp = std::holds_alternative<Email>(receiver.kind);
  result.unsent = response.unsent;
  if (result.smtp && !response.failure) {
    result.message = response.body;
    for (const auto& [name, value] : response.headers) {
      result.partly += (result.partly.empty() ? "" : "; ") + value;
    }
  }
  result.may_have_arrived = may_have_arrived(response);
  result.held_up = response.held_up && response.failure.has_value();
  result.retry_after = header_text(response, "retry-after");
  result.date = header_text(response, "date");
  result.duration = base::microseconds(response.phases.total_us);
  return result;
}

Delivery::Delivery(net::HttpTransport& transport, std::function<void()> wake)
    : transport_(transport), wake_(std::move(wake)) {}

Delivery::~Delivery() {
  for (const auto& [number, sent] : in_flight_) {
    for (const net::RequestId request : sent.requests) transport_.cancel(request);
  }
}

void Delivery::send(base::Instant now, const ReceiverConfig& receiver,
                    const model::OutboxMessage& message) {
  auto requests = make_requests(now, receiver, message);
  if (!requests || requests->empty()) {
    AttemptResult result;
    result.failure = kBadRequest;
    if (!requests) result.message = requests.error().text();
    finished_.push_back({message.id, message.receiver, std::move(result)});
    if (wake_) wake_();
    return;
  }
  const std::uint64_t number = next_number_++;
  InFlight& sent = in_flight_[number];
  sent.id = message.id;
  sent.receiver = receiver;
  sent.waiting = requests->size();
  for (net::HttpRequest& request : *requests) {
    sent.requests.push_back(transport_.start(
        std::move(request),
        [this, number](const net::HttpResponse& response) { on_response(number, response); }));
  }
}

void Delivery::on_response(std::uint64_t number, const net::HttpResponse& response) {
  const auto found = in_flight_.find(number);
  if (found == in_flight_.end()) return;
  InFlight& sent = found->second;
  AttemptResult result = attempt_result(sent.receiver, response);
  // One of several instances that takes it does not make up for one that does not.
  const bool good = judge(result).what == Disposition::kDelivered;
  if (!sent.result || !good) sent.result = std::move(result);
  if (--sent.waiting > 0) return;
  finished_.push_back({std::move(sent.id), sent.receiver.name, *std::move(sent.result)});
  in_flight_.erase(found);
  if (wake_) wake_();
}

std::vector<Attempt> Delivery::take_finished() { return std::exchange(finished_, {}); }

}  // namespace idpwatch::alerts
