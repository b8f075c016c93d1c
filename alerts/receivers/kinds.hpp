// The kinds of receivers: one row each, by the alternatives of ReceiverKind. A row turns a stored
// message into the request that goes out and says what of an answer is no success. Pure.
#pragma once

#include "alerts/alert_config.hpp"
#include "base/result.hpp"
#include "model/alert.hpp"
#include "net/http_transport.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::alerts {

struct Rendered {
  std::vector<std::string> urls;  // the same goes to each
  std::string content_type = "application/json";
  std::vector<net::Header> headers;
  std::string body;
  std::shared_ptr<const net::MailEnvelope> mail;  // null: HTTP
};

struct Kind {
  std::string_view name;  // as the configuration calls it
  base::Result<Rendered> (*render)(base::Instant now, const ReceiverConfig& receiver,
                                   const model::OutboxMessage& message);
  // Why a 2xx is none; empty: it is one.
  std::string (*refused)(const net::HttpResponse& response) = nullptr;
  // The statuses after which it wants no second attempt although others do.
  std::span<const int> final_statuses{};
  // People read each message: a burst is spread over time.
  bool paced = false;
};

[[nodiscard]] const Kind& kind_of(const ReceiverConfig& receiver);
[[nodiscard]] std::span<const Kind> receiver_kinds();

// Its state is sent again and again, apart from the outbox (alerts/alertmanager_feed.hpp).
[[nodiscard]] bool takes_state(const ReceiverConfig& receiver);
// Where it is, for people: scheme and host alone.
[[nodiscard]] std::vector<std::string> origins_of(const ReceiverConfig& receiver);

}  // namespace idpwatch::alerts
