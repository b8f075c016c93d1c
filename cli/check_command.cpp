#include "alerts/ignore.hpp"
#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "base/version.hpp"
#include "checks/clock/clock_offset.hpp"
#include "cli/baseline.hpp"
#include "cli/check_formats.hpp"
#include "cli/check_question.hpp"
#include "cli/check_reasons.hpp"
#include "cli/check_report.hpp"
#include "cli/checked_deployment.hpp"
#include "cli/commands.hpp"
#include "cli/probe_once.hpp"
#include "cli/settings.hpp"
#include "cli/source_lines.hpp"
#include "cli/terminal.hpp"
#include "forecast/forecaster.hpp"
#include "forecast/history/body_reading.hpp"
#include "watch/caller_tokens.hpp"
#include "watch/client_requests.hpp"
#include "watch/deployments.hpp"
#include "watch/trusted_authority.hpp"
#include "watch/way_notes.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace idpwatch::cli {
namespace {

using State = model::RefusalState;

// More than the 10 MiB that the validators read: what is too large for them is told as that.
constexpr std::uint64_t kBodyOfServices = 16UL * 1024 * 1024;
constexpr std::size_t kShown = 200;

struct Check {
  CheckReport report;
  CheckedDeployment deployment;
  watch::ReadDeployment deployed;
  std::vector<model::AuthoritySpec> specs;  // to look at, each once
  std::vector<cli::ProbeResult> looked;     // in their order
  std::string vantage;
  ExitCode code = kFine;
};

bool bad(const model::CheckResult& result) { return result.health == model::Health::kFailing; }

// The authorities asked for by name, then those that the files name.
void find_authorities(const CheckOptions& options, const config::Config& config, Check& check) {
  for (const std::string& name_or_issuer : options.authorities) {
    const config::AuthorityConfig* known = config.find_authority(name_or_issuer);
    check.specs.push_back(known != nullptr ? known->spec : config.authority_of(name_or_issuer));
  }
  watch::TrustedAuthorities authorities(config);
  for (const model::AuthoritySpec& spec : check.specs) authorities.add(spec);
  for (watch::WatchedValidator& watched : check.deployed.validators) {
    const auto trusted = authorities.of(watched);
    if (!trusted) continue;
    watched.authority = trusted->spec.name;
    watch::fit_route(watched, trusted->spec);
    const bool there = std::any_of(check.specs.begin(), check.specs.end(),
                                   [&](const auto& one) { return one.name == trusted->spec.name; });
    if (there) continue;
    check.specs.push_back(trusted->spec);
    if (!trusted->known) authorities.add(trusted->spec);
  }
}

// Configured authorities whose tokens callers bring: their keys are known by looking.
void find_issuers_of_callers(const config::Config& config, Check& check) {
  for (const config::CallerTokens& tokens : check.deployment.config.tokens) {
    for (const config::AuthorityConfig& authority : config.authorities) {
      const bool there = std::any_of(check.specs.begin(), check.specs.end(), [&](const auto& one) {
        return one.name == authority.spec.name;
      });
      if (tokens.issuer == authority.spec.issuer && !there) check.specs.push_back(authority.spec);
    }
  }
}

// How the services ask each authority.
std::vector<std::vector<model::ClientRequest>> clients_of(const Check& check) {
  std::vector<std::vector<model::ClientRequest>> clients;
  for (const model::AuthoritySpec& spec : check.specs) {
    std::vector<const watch::WatchedValidator*> validators;
    for (const watch::WatchedValidator& watched : check.deployed.validators) {
      if (watched.authority == spec.name) validators.push_back(&watched);
    }
    clients.push_back(watch::client_requests(validators));
  }
  return clients;
}

std::vector<watch::WatchedIssuer> watched_issuers(const Check& check) {
  std::vector<watch::WatchedIssuer> all;
  for (const cli::ProbeResult& looked : check.looked) {
    watch::WatchedIssuer one{looked.track->spec().name, {looked.track->issuer()}, {}};
    if (looked.track->spec().issuer_configured) one.issuers.push_back(looked.track->spec().issuer);
    one.keys = *forecast::read_body(looked.track->jwks_body()).all_keys;
    all.push_back(std::move(one));
  }
  return all;
}

const cli::ProbeResult* look_of(const Check& check, const std::string& authority) {
  if (authority.empty()) return nullptr;
  for (const cli::ProbeResult& looked : check.looked) {
    if (looked.track->spec().name == authority) return &looked;
  }
  return nullptr;
}

// What holds whatever the authority would have answered.
bool needs_no_answer(std::string_view rule) {
  return rule == "refusal-start" || rule == "refusal-https";
}

bool reached(const cli::ProbeResult& looked) {
  const bool document = looked.seen.discovery && looked.seen.discovery->status != 0;
  const bool keys = looked.seen.jwks && looked.seen.jwks->status != 0;
  return document || keys;
}

void judge_authorities(const CheckOptions& options, Check& check) {
  for (std::size_t i = 0; i < options.authorities.size() && i < check.looked.size(); ++i) {
    const cli::ProbeResult& looked = check.looked[i];
    Checked row{CheckedKind::kAuthority, looked.track->spec().name, State::kOk};
    row.notes = how_reached(looked);
    for (const model::CheckResult& result : looked.judged.results) {
      if (!bad(result)) continue;
      check.report.findings.push_back(result.finding);
      if (result.finding.severity >= model::Severity::kError) row.result = State::kRefuses;
      // It was not seen, and not by the provider's fault alone.
      if (result.finding.rule == "authority-unreachable") row.why = result.finding.summary;
    }
    if (const std::string why = watch::ended_by_us(looked.seen); !why.empty()) row.why = why;
    if (row.result != State::kOk) row.why.clear();
    if (!row.why.empty()) row.result = State::kUndetermined;
    check.report.checked.push_back(std::move(row));
  }
}

// Beside the authority, or beside each file where files alone were asked about.
void note_no_date(Check& check, const std::string& authority) {
  const std::string note =
      authority + ": its clock cannot be compared: no Date header in its answers";
  auto& checked = check.report.checked;
  const auto own = std::find_if(checked.begin(), checked.end(), [&](const auto& one) {
    return one.kind == CheckedKind::kAuthority && one.name == authority;
  });
  if (own != checked.end()) return own->notes.push_back(note);
  for (auto& one : checked) one.notes.push_back(note);
}

void read_clocks(Check& check, const base::Clock& clock) {
  for (const cli::ProbeResult& looked : check.looked) {
    const auto interval = looked.track->clock().at(clock.wall(), clock.boottime());
    if (!interval) {
      if (looked.judged.discovery_good) note_no_date(check, looked.track->spec().name);
      continue;
    }
    const double lo = checks::lo_seconds(*interval);
    check.report.clock.push_back({looked.track->spec().name, lo,
                                  checks::hi_seconds(*interval).value_or(lo),
                                  checks::describe_interval(*interval)});
  }
}

// One validator: what it answers, and why that cannot be told where it cannot.
struct Answer {
  State result = State::kOk;
  std::string why;
  std::vector<std::string> notes = {};  // of its way to the provider
};

// The part of the question that the configuration and the files settle.
forecast::DeploymentView view_of(const watch::WatchedValidator& watched, const Check& check,
                                 base::Instant now) {
  std::vector<forecast::TokenFacts> callers =
      watch::token_facts(check.deployment.config.tokens, watched.authority, watched_issuers(check),
                         check.deployment.audience_source);
  forecast::DeploymentView view{
      .name = watched.name,
      .settings = watched.settings,
      .validator = watched.validator,
      .started_at = now,
      .tokens = std::move(callers.front()),
      .authority = nullptr,
      .clock = std::nullopt,
      .vantage = {},
      .restarted_only = true,
      .foresight = forecast::kForesight,
      .other_callers = {},
      .route = watched.route,
  };
  std::move(callers.begin() + 1, callers.end(), std::back_inserter(view.other_callers));
  return view;
}

// What it was judged as: an "ok" is worth what it was asked of.
std::string described(const watch::WatchedValidator& watched, const cli::ProbeResult* looked) {
  const model::ValidatorSettings& settings = watched.settings;
  std::string out = watched.validator->profile() + " " + watched.validator->version();
  const std::string authority =
      watched.authority.empty() ? base::redact_url(watched.metadata_url) : watched.authority;
  if (!authority.empty()) out += ", authority " + base::printable(authority, kShown);
  if (settings.audiences.has_value() && !settings.audiences.value().empty()) {
    out += ", audience " + base::printable(base::join(settings.audiences.value(), ", "), kShown);
  }
  if (looked != nullptr && looked->judged.keys_good) {
    out += ", " + counted(static_cast<std::size_t>(looked->track->signing_keys()), "signing key",
                          "signing keys");
  }
  return out;
}

Answer judge_validator(const watch::WatchedValidator& watched, Check& check,
                       const base::Clock& clock, base::Instant now) {
  const cli::ProbeResult* looked = look_of(check, watched.authority);
  const bool same_place = watched.route && watched.route->same_place;
  const bool known =
      !watched.validator->fetches() || (looked != nullptr && (same_place || reached(*looked)));
  watch::ResponseHistory feed;
  forecast::AuthorityFacts facts;
  forecast::DeploymentView view = view_of(watched, check, now);
  if (looked != nullptr) {
    const watch::ProbeOutcome& judged = looked->judged;
    feed.observe(looked->seen, judged.discovery_good ? looked->track->discovery_body() : nullptr,
                 judged.keys_good ? looked->track->jwks_body() : nullptr);
    facts = {looked->track->spec().name,
             looked->track->issuer(),
             &feed.history(),
             feed.known_keys(),
             std::nullopt,
             feed.observed_at(),
             feed.latency()};
    view.authority = &facts;
  }
  if (looked != nullptr) {
    if (const auto interval = looked->track->clock().at(now, clock.boottime())) {
      view.clock = forecast::ClockBounds{interval->lo, interval->hi};
    }
  }
  Answer answer;
  forecast::Forecaster judge;
  forecast::Forecast judgement = judge.judge(view, now);
  answer.notes = std::move(judgement.notes);
  if (looked != nullptr && watched.route) {
    for (std::string& note : watch::resolver_notes(looked->seen, *watched.route, check.vantage)) {
      answer.notes.push_back(std::move(note));
    }
  }
  for (model::CheckResult& result : judgement.results) {
    const bool told = known || needs_no_answer(result.finding.rule) ||
                      judgement.by_own_rules.contains(result.finding.rule);
    if (!bad(result) || !told) continue;
    answer.result = model::worse(
        answer.result, model::refusal_state(result.finding, now, model::Instances::kStartingNow));
    check.report.findings.push_back(std::move(result.finding));
  }
  for (const std::string& why :
       {judgement.by_itself ? std::string() : why_unseen(looked), why_nobodys(watched),
        std::string(judgement.undetermined),
        known || judgement.by_itself ? std::string() : why_not_reached(watched, looked),
        judgement.by_itself ? std::string() : why_unread(watched, looked)}) {
    if (answer.result < State::kUndetermined && !why.empty()) {
      answer.result = State::kUndetermined;
      answer.why = why;
    }
  }
  return answer;
}

void add_new(std::vector<std::string>& notes, std::vector<std::string> more) {
  for (std::string& note : more) {
    if (std::ranges::find(notes, note) == notes.end()) notes.push_back(std::move(note));
  }
}

void judge_files(const CheckOptions& options, Check& check, const base::Clock& clock,
                 base::Instant now) {
  Answer all;
  std::vector<std::string> notes, ways;
  if (check.deployed.validators.empty()) {
    all = {State::kUndetermined, "the files name no validator that can be judged"};
  }
  for (const watch::WatchedValidator& watched : check.deployed.validators) {
    Answer answer = judge_validator(watched, check, clock, now);
    notes.push_back(described(watched, look_of(check, watched.authority)));
    for (const std::string& note : answer.notes) {
      notes.push_back(note);
      ways.push_back(note);
    }
    if (const cli::ProbeResult* looked = look_of(check, watched.authority); looked != nullptr) {
      add_new(notes, how_reached(*looked));
    }
    if (answer.result > all.result) all = std::move(answer);
  }
  for (const std::string& note : check.deployed.notes) notes.push_back(base::printable(note, 400));
  for (const std::string& file : options.files) {
    check.report.checked.push_back({CheckedKind::kFile, file, all.result, all.why, notes, ways});
  }
  if (options.deployment) {
    check.report.checked.push_back(
        {CheckedKind::kDeployment, *options.deployment, all.result, all.why, notes});
  }
}

// Problems with the files go to stderr, each with its remedy; the worst decides the exit code.
void report_problems(const watch::ReadDeployment& deployed, Check& check, Streams& streams) {
  if (!check.deployment.note.empty()) check.report.notes.push_back(check.deployment.note);
  for (const std::string& note : deployed.notes) {
    check.report.notes.push_back(base::printable(note, 400));
  }
  for (const base::Error& problem : deployed.problems) {
    check.code = worst(check.code, report(streams, problem));
  }
  for (const std::string& note : check.report.notes) streams.err << "note: " << note << '\n';
}

void print(const CheckReport& report, const CheckOptions& options, const config::Config& config,
           Streams& streams) {
  const FormatContext context{std::string(base::version()), config_world().working_directory,
                              config.alerts.runbooks};
  switch (options.output) {
    case CheckOutput::kJson:
      streams.out << to_json(report).dump(2) << '\n';
      return;
    case CheckOutput::kJunit:
      streams.out << to_junit(report, context);
      return;
    case CheckOutput::kSarif:
      streams.out << to_sarif(report, context);
      return;
    case CheckOutput::kGithub:
      streams.out << to_github(report, context);
      return;
    case CheckOutput::kText:
      break;
  }
  SourceLines lines;
  print_report(report, streams.out, streams.colour,
               [&lines](const model::SourceRef& at) { return lines.at(at.file, at.line, at.key); });
}

}  // namespace

int run_check(const CheckOptions& options, Streams& streams) {
  auto config = load_config_or_defaults(options.config, streams);
  if (!config) return kUsage;
  if (const auto fit = check_options(options, *config); !fit) return report(streams, fit.error());
  const base::SystemClock clock;
  Check check;
  check.vantage = config->instance;
  check.report.fail_on = options.fail_on;
  if (options.baseline) {
    auto baseline = read_baseline(*options.baseline);
    if (!baseline) return report(streams, baseline.error());
    check.report.has_baseline = true;
    check.report.baseline = *std::move(baseline);
  }
  if (judges_files(options)) {
    check.deployment = checked_deployment(options, *config);
    const config::DeploymentConfig& deployment = check.deployment.config;
    check.deployed =
        watch::validators_of(watch::read_deployment_files(deployment, {}, watch::disk()),
                             std::make_shared<validators::DocumentStore>());
    report_problems(check.deployed, check, streams);
    if (check.code != kFine) return check.code;
  }
  model::Limits limits = config->limits;
  if (judges_files(options)) limits.body_bytes = std::max(limits.body_bytes, kBodyOfServices);
  const watch::TrackOptions track{config->timeline, config->tls, config->clock.warn,
                                  config->instance, limits.body_bytes};
  find_authorities(options, *config, check);
  if (judges_files(options)) find_issuers_of_callers(*config, check);
  auto looked = cli::probe_once(check.specs, limits, track, base::Environment::of_process(), clock,
                                clients_of(check));
  if (!looked) return report(streams, looked.error());
  check.looked = std::move(*looked);

  const base::Instant now = clock.wall();
  check.report.schema = "idpwatch.check/v1";
  check.report.at = now;
  check.report.with_clock = options.clock;
  judge_authorities(options, check);
  if (judges_files(options)) judge_files(options, check, clock, now);
  if (options.clock) read_clocks(check, clock);
  for (model::Finding& finding : check.report.findings) {
    finding.first_seen = finding.last_seen = now;
    finding.ignored = alerts::ignored_by(finding, config->alerts.ignore, now) != nullptr;
  }
  if (options.write_baseline) {
    const auto written = write_baseline(*options.write_baseline, check.report.findings);
    if (!written) return report(streams, written.error());
    check.report.has_baseline = true;
    for (const model::Finding& finding : check.report.findings) {
      check.report.baseline.insert(fingerprint(finding));
    }
  }
  print(check.report, options, *config, streams);
  const ExitCode code = result(check.report);
  return options.exit_zero ? kFine : code;
}

}  // namespace idpwatch::cli
