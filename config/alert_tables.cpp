// The fields of the entries of routes, ignore and maintenance, and of the heartbeat.
#include "alerts/alert_config.hpp"
#include "config/row.hpp"

namespace idpwatch::config {
namespace {

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

std::shared_ptr<const Table> maintenance_rows() {
  using W = alerts::MaintenanceWindow;
  return rows({
      leaf("from", Form::kTime, &W::from,
           {.help = "When it begins.", .example = "2026-12-24T18:00:00Z", .required = true}),
      leaf("until", Form::kTime, &W::until,
           {.help = "When it ends: what still holds is sent then.",
            .example = "2026-12-25T06:00:00Z",
            .required = true}),
      leaf("authority", Form::kText, &W::authority,
           {.help = "Absent: of any authority. May end in `*`."}),
      leaf("deployment", Form::kText, &W::deployment,
           {.help = "Absent: of any deployment. May end in `*`."}),
      leaf("reason", Form::kText, &W::reason,
           {.help = "Why, for those who read the list of alerts.",
            .example = "provider's announced work"}),
  });
}

std::shared_ptr<const Table> heartbeat_rows() {
  using H = alerts::Heartbeat;
  return rows({
      leaf("every", Form::kDuration, &H::every,
           {.least = "1m", .most = "30d", .help = "How often.", .example = "1h"}),
      leaf("receivers", Form::kText, &H::receivers,
           {.help = "Names of receivers. An Alertmanager gets an alert that always fires.",
            .example = "[oncall]"}),
  });
}

}  // namespace idpwatch::config
