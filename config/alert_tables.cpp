// The fields of the entries of receivers, routes and ignore.
#include "alerts/alert_config.hpp"
#include "config/row.hpp"

namespace idpwatch::config {
namespace {

std::shared_ptr<const Table> webhook_rows() {
  using R = alerts::ReceiverConfig;
  return rows({
      leaf("url", Form::kSecretUrl, &R::url,
           {.help = "Where messages are posted. Shown only up to the host.",
            .example = "https://hooks.example.com/idpwatch",
            .required = true}),
      leaf("secret", Form::kSecret, &R::secrets,
           {.help = "Signs every message (Standard Webhooks): `whsec_` and base64. While a secret "
                    "is being changed: both, one a line, the new one first.",
            .example = "/run/credentials/idpwatch.service/hook"}),
      leaf("timeout", Form::kDuration, &R::timeout,
           {.fallback = "20s",
            .least = "1s",
            .most = "2m",
            .help = "The longest a delivery may take."}),
      leaf("proxy", Form::kProxyUrl, &R::proxy, {.help = "As in `defaults`, for this receiver."}),
      leaf("ca_file", Form::kReadableFile, &R::ca_file,
           {.help = "PEM file of the certificate authorities to trust for this receiver."}),
  });
}

std::shared_ptr<const Table> match_rows() {
  using M = alerts::RouteMatch;
  return rows({
      leaf("kind", Form::kChoice, &M::kind,
           {.choices = {"finding", "event"}, .help = "Absent: both."}),
      leaf("severity", Form::kChoice, &M::severity,
           {.choices = {"info", "warning", "error", "critical"},
            .help = "Severities of findings.",
            .example = "[error, critical]"}),
      leaf("type", Form::kEventType, &M::type,
           {.help = "Types of events.", .example = "[key.published, key.withdrawn]"}),
      leaf("rule", Form::kRule, &M::rule,
           {.help = "Rules of findings; may end in `*`.", .example = "[\"refusal-*\"]"}),
      leaf("authority", Form::kText, &M::authority,
           {.help = "Names of authorities; may end in `*`."}),
      leaf("deployment", Form::kText, &M::deployment,
           {.help = "Names of deployments (with all their validators); may end in `*`."}),
  });
}

}  // namespace

std::shared_ptr<const Table> receiver_rows() {
  using R = alerts::ReceiverConfig;
  Row webhook = same_owner_section<R>("webhook", webhook_rows(),
                                      "A signed webhook (Standard Webhooks 1.0.0).");
  webhook.required = true;
  webhook.example = "{url: https://hooks.example.com/idpwatch, secret_file: hook}";
  return rows({
      leaf("name", Form::kName, &R::name,
           {.help = "What routes call it. Unique.", .example = "oncall", .required = true}),
      std::move(webhook),
  });
}

std::shared_ptr<const Table> route_rows() {
  using R = alerts::Route;
  return rows({
      section("match", &R::match, match_rows(),
              "What it is about. Every key given must match; an absent "
              "key matches all."),
      leaf("receivers", Form::kText, &R::receivers,
           {.help = "Names of receivers. An empty list sends to nobody.", .example = "[oncall]"}),
      leaf("continue", Form::kFlag, &R::continues,
           {.fallback = "false", .help = "Whether later routes are evaluated too."}),
  });
}

std::shared_ptr<const Table> ignore_rows() {
  using E = alerts::IgnoreEntry;
  return rows({
      leaf("rule", Form::kRule, &E::rule,
           {.help = "The rule; may end in `*`.", .example = "lint-JWK-07", .required = true}),
      leaf("authority", Form::kText, &E::authority, {.help = "Absent: of any authority."}),
      leaf("deployment", Form::kText, &E::deployment, {.help = "Absent: of any deployment."}),
      leaf("until", Form::kTime, &E::until,
           {.help = "From then on it is alerted again.", .example = "2027-01-01"}),
      leaf("reason", Form::kText, &E::reason,
           {.help = "Why, for later readers.", .example = "provider will not fix it"}),
  });
}

}  // namespace idpwatch::config
