// The message as it is stored, signed (docs/schema/webhook.json).
#include "alerts/receivers/renderers.hpp"
#include "alerts/standard_webhooks.hpp"

#include <utility>

namespace idpwatch::alerts {

Rendering render_webhook(base::Instant now, const ReceiverConfig& receiver,
                         const model::OutboxMessage& message) {
  auto headers = signature_headers(receiver.secrets, message.id, now, message.body);
  if (!headers) return base::fail(std::move(headers.error()));
  Rendered out;
  out.urls = {receiver.url};
  out.headers = *std::move(headers);
  out.body = message.body;
  return out;
}

}  // namespace idpwatch::alerts
