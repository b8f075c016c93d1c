// The fields of the entries of receivers: a section for each kind, of which one is given.
#include "alerts/alert_config.hpp"
#include "config/row.hpp"

#include <variant>

namespace idpwatch::config {
namespace {

using R = alerts::ReceiverConfig;

constexpr const char* kPagerDutyUrl = "https://events.pagerduty.com/v2/enqueue";

template <class K, auto Member>
auto& in_kind(R& receiver) {
  if (!std::holds_alternative<K>(receiver.kind)) receiver.kind = K{};
  return std::get<K>(receiver.kind).*Member;
}

// The section of one kind; the receiver becomes one by having it.
template <class K>
Row kind(std::string name, Table table, std::string help, std::string example) {
  Row row = same_owner_section<R>(std::move(name), rows(std::move(table)), std::move(help));
  row.example = std::move(example);
  row.object = [](void* owner, bool create) -> void* {
    R& receiver = *static_cast<R*>(owner);
    // What no section was given for is none of any kind: it has no address.
    const bool here = std::holds_alternative<K>(receiver.kind);
    if (create && (!here || receiver.url.empty())) {
      receiver.kind = K{};
      if constexpr (std::is_same_v<K, alerts::PagerDuty>) receiver.url = kPagerDutyUrl;
    }
    return create || here ? owner : nullptr;
  };
  return row;
}

Row url_row(std::string help, std::string example, bool required = true) {
  return leaf("url", Form::kSecretUrl, &R::url,
              {.help = std::move(help) + " Shown only up to the host.",
               .example = std::move(example),
               .required = required});
}

Row signing_row() {
  return leaf("secret", Form::kSecret, &R::secrets,
              {.help = "Signs every message (Standard Webhooks): `whsec_` and base64. While a "
                       "secret is being changed: both, one a line, the new one first.",
               .example = "/run/credentials/idpwatch.service/hook"});
}

Row token_row() {
  return leaf("token", Form::kSecret, &R::token,
              {.help = "Sent as `Authorization: Bearer`.",
               .example = "/run/credentials/idpwatch.service/token"});
}

void add_name_and_password(Table& table, std::string help) {
  table.push_back(leaf("username", Form::kText, &R::username, {.help = std::move(help)}));
  table.push_back(
      leaf("password", Form::kSecret, &R::password,
           {.help = "Its password.", .example = "/run/credentials/idpwatch.service/password"}));
}

void add_login(Table& table) {
  table.push_back(token_row());
  add_name_and_password(table, "For HTTP basic authentication, with `password`.");
}

Row timeout_row() {
  return leaf(
      "timeout", Form::kDuration, &R::timeout,
      {.fallback = "20s", .least = "1s", .most = "2m", .help = "The longest a delivery may take."});
}

Row ca_file_row() {
  return leaf("ca_file", Form::kReadableFile, &R::ca_file,
              {.help = "PEM file of the certificate authorities to trust for this receiver."});
}

// What all kinds have that are reached over HTTP.
Table with_common(Table table) {
  table.push_back(timeout_row());
  table.push_back(
      leaf("proxy", Form::kProxyUrl, &R::proxy, {.help = "As in `defaults`, for this receiver."}));
  table.push_back(ca_file_row());
  return table;
}

Table alertmanager_table() {
  Table table{leaf("urls", Form::kUrl, in_kind<alerts::Alertmanager, &alerts::Alertmanager::urls>,
                   {.help = "Where the Alertmanagers are, without `/api/v2/alerts`: all instances "
                            "of a cluster, never a load balancer in front of them.",
                    .example = "[http://am-1:9093, http://am-2:9093]",
                    .required = true})};
  add_login(table);
  return with_common(std::move(table));
}

Table pagerduty_table() {
  return with_common({
      leaf("routing_key", Form::kSecret,
           in_kind<alerts::PagerDuty, &alerts::PagerDuty::routing_key>,
           {.help = "The integration key of a service (Events API v2).",
            .example = "/run/credentials/idpwatch.service/pagerduty",
            .required = true}),
      url_row("Where events are posted. Absent: `https://events.pagerduty.com/v2/enqueue`.",
              kPagerDutyUrl, false),
  });
}

Table ntfy_table() {
  Table table{url_row("The server, without the topic.", "https://ntfy.example.com"),
              leaf("topic", Form::kText, in_kind<alerts::Ntfy, &alerts::Ntfy::topic>,
                   {.help = "The topic.", .example = "idpwatch", .required = true})};
  add_login(table);
  return with_common(std::move(table));
}

Table email_table() {
  Table table{
      leaf("smtp", Form::kSmtpUrl, &R::url,
           {.help = "The mail server: `smtps://` speaks TLS from the start (port 465), `smtp://` "
                    "by STARTTLS (port 587).",
            .example = "smtps://mail.example.com:465",
            .required = true}),
      leaf("from", Form::kMailAddress, in_kind<alerts::Email, &alerts::Email::from>,
           {.help = "The sender's address.", .example = "idpwatch@example.com", .required = true}),
      leaf("to", Form::kMailAddress, in_kind<alerts::Email, &alerts::Email::to>,
           {.help = "Who gets the letters.", .example = "[oncall@example.com]", .required = true})};
  add_name_and_password(table, "For the login, with `password`; only over TLS.");
  table.push_back(leaf("require_tls", Form::kFlag,
                       in_kind<alerts::Email, &alerts::Email::require_tls>,
                       {.fallback = "true",
                        .help = "`false`: letters go to an `smtp://` server in plain text, without "
                                "STARTTLS."}));
  table.push_back(timeout_row());
  table.push_back(ca_file_row());
  return table;
}

Table with_token(Table table) {
  table.push_back(token_row());
  return with_common(std::move(table));
}

}  // namespace

std::shared_ptr<const Table> receiver_rows() {
  const std::string hook = "https://hooks.example.com/idpwatch";
  return rows({
      leaf("name", Form::kName, &R::name,
           {.help = "What routes call it. Unique.", .example = "oncall", .required = true}),
      kind<alerts::Webhook>(
          "webhook", with_token({url_row("Where messages are posted.", hook), signing_row()}),
          "A signed webhook (Standard Webhooks 1.0.0).",
          "{url: https://hooks.example.com/idpwatch, secret_file: hook}"),
      kind<alerts::Alertmanager>("alertmanager", alertmanager_table(),
                                 "Prometheus Alertmanagers (API v2).",
                                 "{urls: [http://am-1:9093, http://am-2:9093]}"),
      kind<alerts::AlertmanagerWebhook>(
          "alertmanager_webhook",
          with_token({url_row("Where messages are posted.", hook), signing_row()}),
          "A program that takes what Alertmanager posts to webhooks (version 4).",
          "{url: https://hooks.example.com/alerts}"),
      kind<alerts::Slack>("slack",
                          with_common({url_row("An incoming webhook of Slack or Mattermost.",
                                               "https://hooks.slack.com/services/T/B/x")}),
                          "A channel of Slack.", "{url_file: slack}"),
      kind<alerts::Teams>(
          "teams",
          with_common({url_row("The URL of a flow that starts with \"When a Teams webhook request "
                               "is received\".",
                               "https://x.environment.api.powerplatform.com/workflows/y")}),
          "A channel of Microsoft Teams, by a flow (Workflows).", "{url_file: teams}"),
      kind<alerts::PagerDuty>("pagerduty", pagerduty_table(), "PagerDuty (Events API v2).",
                              "{routing_key_file: pagerduty}"),
      kind<alerts::Ntfy>("ntfy", ntfy_table(), "A topic of ntfy.",
                         "{url: https://ntfy.example.com, topic: idpwatch, token_file: ntfy}"),
      kind<alerts::Discord>(
          "discord",
          with_common({url_row("A webhook of a channel.", "https://discord.com/api/webhooks/1/x")}),
          "A channel of Discord.", "{url_file: discord}"),
      kind<alerts::CloudEvents>(
          "cloudevents", with_token({url_row("Where events are posted.", hook), signing_row()}),
          "Whatever takes CloudEvents 1.0 over HTTP (structured mode).",
          "{url: https://events.example.com/}"),
      kind<alerts::Otlp>("otlp",
                         with_token({url_row("Where logs are posted, with `/v1/logs`.",
                                             "http://127.0.0.1:4318/v1/logs")}),
                         "An OpenTelemetry collector (logs, OTLP/HTTP with JSON).",
                         "{url: http://127.0.0.1:4318/v1/logs}"),
      kind<alerts::Email>(
          "email", email_table(), "E-mail, by SMTP.",
          "{smtp: \"smtps://mail.example.com:465\", from: idpwatch@example.com, to: "
          "[oncall@example.com]}"),
  });
}

}  // namespace idpwatch::config
