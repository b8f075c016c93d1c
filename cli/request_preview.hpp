// The requests that a test message would be, for people: method, address, headers and body as they
// would go out, secrets left out. Pure.
#pragma once

#include "alerts/alert_config.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace idpwatch::cli {

// A list, one for each instance of the receiver: {"method", "url", "headers": [{"name", "value"}],
// "body"}; of e-mail, "from" and "to" instead of headers. kInput: its settings make no request.
base::Result<nlohmann::ordered_json> request_preview(base::Instant now, std::string_view instance,
                                                     const alerts::ReceiverConfig& receiver);
// As HTTP and SMTP write it, each line indented.
[[nodiscard]] std::string request_text(const nlohmann::ordered_json& requests);

}  // namespace idpwatch::cli
