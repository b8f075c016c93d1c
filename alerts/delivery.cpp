#include "alerts/delivery.hpp"

#include "alerts/standard_webhooks.hpp"

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

base::Result<net::HttpRequest> make_request(base::Instant now, const ReceiverConfig& receiver,
                                            const model::OutboxMessage& message) {
  auto headers = signature_headers(receiver.secrets, message.id, now, message.body);
  if (!headers) return base::fail(std::move(headers.error()));
  net::HttpRequest request;
  request.on_behalf_of = receiver.name;
  request.urgent = true;
  request.method = net::Method::kPost;
  request.url = receiver.url;
  request.headers = *std::move(headers);
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = message.body;
  request.connect_timeout = std::min(kConnectTimeout, receiver.timeout);
  request.total_timeout = receiver.timeout;
  request.body_limit = kAnswerBytes;
  request.proxy = receiver.proxy;
  request.ca_file = receiver.ca_file;
  request.addresses.allow_private = true;  // the operator wrote this URL
  request.want_tls_facts = false;
  return request;
}

AttemptResult attempt_result(const net::HttpResponse& response) {
  AttemptResult result;
  result.status = response.status;
  if (response.failure) {
    result.failure = model::to_text(response.failure->kind);
    result.message = response.failure->message;
    result.ours = lacked(*response.failure);
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
  for (const auto& [number, sent] : in_flight_) transport_.cancel(sent.request);
}

void Delivery::send(base::Instant now, const ReceiverConfig& receiver,
                    const model::OutboxMessage& message) {
  auto request = make_request(now, receiver, message);
  if (!request) {
    AttemptResult result;
    result.failure = kBadRequest;
    result.message = request.error().text();
    finished_.push_back({message.id, message.receiver, std::move(result)});
    if (wake_) wake_();
    return;
  }
  const std::uint64_t number = next_number_++;
  InFlight& sent = in_flight_[number];
  sent.id = message.id;
  sent.receiver = message.receiver;
  sent.request = transport_.start(
      *std::move(request),
      [this, number](const net::HttpResponse& response) { on_response(number, response); });
}

void Delivery::on_response(std::uint64_t number, const net::HttpResponse& response) {
  auto sent = in_flight_.extract(number);
  if (sent.empty()) return;
  finished_.push_back(
      {std::move(sent.mapped().id), std::move(sent.mapped().receiver), attempt_result(response)});
  if (wake_) wake_();
}

std::vector<Attempt> Delivery::take_finished() { return std::exchange(finished_, {}); }

}  // namespace idpwatch::alerts
