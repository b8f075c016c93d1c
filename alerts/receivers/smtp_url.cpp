#include "alerts/receivers/smtp_url.hpp"

#include "base/url.hpp"

namespace idpwatch::alerts {

base::Result<SmtpServer> parse_smtp_url(std::string_view text) {
  const auto refuse = [](const char* why) {
    return base::fail(base::ErrorKind::kInput, why,
                      "for example smtps://mail.example.com:465 or smtp://mail.example.com:587");
  };
  constexpr std::string_view kSmtps = "smtps://", kSmtp = "smtp://";
  SmtpServer out;
  out.tls = text.starts_with(kSmtps);
  if (!out.tls && !text.starts_with(kSmtp)) return refuse("this is not an smtp or smtps URL");
  // All that follows the scheme is written as in an http URL.
  const std::string rest(text.substr(out.tls ? kSmtps.size() : kSmtp.size()));
  const auto url = base::parse_url("http://" + rest);
  if (!url) return refuse("this names no mail server");
  if (!url->user.empty()) return refuse("set username and password separately, not in the URL");
  if (!url->explicit_port) return refuse("the port is missing");
  if (rest.find_first_of("/?#") != std::string::npos) return refuse("only scheme, host and port");
  out.host = url->host;
  return out;
}

}  // namespace idpwatch::alerts
