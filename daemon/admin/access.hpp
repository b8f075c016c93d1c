// Who may ask the admin listener for what. Pure.
//
// Three kinds of askers are kept apart: operators (they hold a token, or reach a unix socket as the
// daemon's user or root), other local users (they may read on loopback), and web pages in a browser
// of this host (they may do nothing: a page cannot hide Origin and Sec-Fetch-Site, cannot send
// application/json unasked, and reaches us by DNS rebinding only under a foreign name).
#pragma once

#include "config/config.hpp"
#include "daemon/admin/http_message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::daemon {

struct AccessRules {
  config::Listen listen;
  std::string token;        // of the configuration; everything needs it. Empty: reads are open
  std::string write_token;  // without one: what writes need, made by the daemon for its own user
};

// Why it may not be answered; nullopt: it may. Health paths need not ask.
struct Refusal {
  int status = 403;
  std::string message, hint;
};
// One of the headers that refused() goes by: it may be given once.
[[nodiscard]] bool decides_access(std::string_view header);
std::optional<Refusal> refused(const AccessRules& rules, const AdminRequest& request);

// In time that depends on the length of `given` alone.
[[nodiscard]] bool equal_secrets(std::string_view given, std::string_view expected);

}  // namespace idpwatch::daemon
