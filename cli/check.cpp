#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/clock/clock_offset.hpp"
#include "cli/check_report.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/source_lines.hpp"
#include "daemon/deployments.hpp"
#include "daemon/one_look.hpp"
#include "deployed/dotnet_version.hpp"
#include "forecast/judge.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace idpwatch::cli {
namespace {

// One service: its layers, given together.
daemon::DeploymentConfig deployment_of(const CheckOptions& options) {
  daemon::DeploymentConfig deployment;
  deployment.name = options.files.front();
  deployment.files = options.files;
  deployment.profile = options.profile;
  deployment.framework = options.framework;
  deployment.tokens.audience = options.audience;
  return deployment;
}

struct Check {
  CheckReport report;
  daemon::ReadDeployment deployed;
  std::vector<model::AuthoritySpec> specs;
  std::vector<daemon::Looked> looked;
  ExitCode code = kFine;
};

bool bad(const model::Verdict& verdict) { return verdict.health == model::Health::kBad; }

// The authorities asked for by name, then those that the files name.
std::vector<model::AuthoritySpec> specs_of(const CheckOptions& options,
                                           const daemon::Config& config,
                                           const daemon::ReadDeployment& deployed) {
  std::vector<model::AuthoritySpec> specs;
  const auto add = [&](const std::string& name_or_issuer, const std::string& metadata_url) {
    const daemon::AuthorityConfig* known = config.find_authority(name_or_issuer);
    model::AuthoritySpec spec =
        known != nullptr ? known->spec : config.authority_of(name_or_issuer);
    if (!metadata_url.empty() && base::discovery_url(spec.issuer) != metadata_url) {
      spec.metadata_url = metadata_url;
    }
    const bool there = std::any_of(specs.begin(), specs.end(), [&](const auto& one) {
      return one.issuer == spec.issuer && one.metadata_url == spec.metadata_url;
    });
    if (!there) specs.push_back(std::move(spec));
  };
  for (const std::string& authority : options.authorities) add(authority, "");
  for (const daemon::WatchedValidator& watched : deployed.validators) {
    if (watched.metadata_url.empty()) continue;
    const std::string& named = watched.settings.authority.value();
    add(named.empty() ? watched.metadata_url : named, watched.metadata_url);
  }
  return specs;
}

const daemon::Looked* look_of(const Check& check, const std::string& metadata_url) {
  for (const daemon::Looked& looked : check.looked) {
    if (looked.seen.discovery && looked.seen.discovery->url == metadata_url) return &looked;
  }
  return nullptr;
}

// What holds whatever the authority would have answered.
bool needs_no_answer(std::string_view rule) {
  return rule == "refusal-start" || rule == "refusal-https";
}

bool reached(const daemon::Looked& looked) {
  const bool document = looked.seen.discovery && looked.seen.discovery->status != 0;
  const bool keys = looked.seen.jwks && looked.seen.jwks->status != 0;
  return document || keys;
}

void judge_authorities(const CheckOptions& options, Check& check) {
  for (std::size_t i = 0; i < options.authorities.size() && i < check.looked.size(); ++i) {
    const daemon::Looked& looked = check.looked[i];
    CheckedResult result = CheckedResult::kOk;
    for (const model::Verdict& verdict : looked.judged.verdicts) {
      if (!bad(verdict)) continue;
      check.report.findings.push_back(verdict.finding);
      if (verdict.finding.severity >= model::Severity::kError) result = CheckedResult::kRefuses;
    }
    check.report.checked.push_back({CheckedKind::kAuthority, looked.track->spec().name, result});
  }
}

void read_clocks(Check& check, const base::Clock& clock) {
  for (const daemon::Looked& looked : check.looked) {
    const auto interval = looked.track->clock().at(clock.wall(), clock.boottime());
    if (!interval) continue;
    const double lo = checks::lo_seconds(*interval);
    check.report.clock.push_back({looked.track->spec().name, lo,
                                  checks::hi_seconds(*interval).value_or(lo),
                                  checks::describe_interval(*interval)});
  }
}

// One validator: what it answers, and why that cannot be told where it cannot.
struct Answer {
  CheckedResult result = CheckedResult::kOk;
  std::string why;
};

std::string why_not_reached(const daemon::WatchedValidator& watched, const daemon::Looked* looked) {
  if (looked != nullptr) {
    for (const model::Verdict& verdict : looked->judged.verdicts) {
      if (bad(verdict) && verdict.finding.severity >= model::Severity::kError) {
        return verdict.finding.summary;
      }
    }
  }
  return watched.metadata_url + " was not reached";
}

// The part of the question that the configuration and the files settle.
forecast::DeploymentView view_of(const daemon::WatchedValidator& watched,
                                 const daemon::DeploymentConfig& config, base::Instant now) {
  return {
      .name = watched.name,
      .settings = watched.settings,
      .validator = watched.validator,
      .started_at = now,
      .tokens = {config.tokens.lifetime, config.tokens.issuer, config.tokens.audience,
                 config.tokens.algorithm},
      .authority = nullptr,
      .clock = std::nullopt,
      .vantage = {},
      .restarted_only = true,
  };
}

Answer judge_validator(const daemon::WatchedValidator& watched,
                       const daemon::DeploymentConfig& config, Check& check, base::Instant now) {
  const daemon::Looked* looked = look_of(check, watched.metadata_url);
  const bool known = watched.metadata_url.empty() || (looked != nullptr && reached(*looked));
  daemon::HistoryFeed feed;
  forecast::AuthorityFacts facts;
  forecast::DeploymentView view = view_of(watched, config, now);
  if (looked != nullptr) {
    const daemon::Judged& judged = looked->judged;
    feed.observe(looked->seen, judged.discovery_good ? looked->track->discovery_body() : nullptr,
                 judged.keys_good ? looked->track->jwks_body() : nullptr);
    facts = {looked->track->spec().name,
             looked->track->spec().issuer,
             &feed.history(),
             feed.known_keys(),
             std::nullopt,
             feed.observed_at(),
             feed.latency()};
    view.authority = &facts;
  }
  Answer answer;
  forecast::Judge judge;
  for (model::Verdict& verdict : judge.judge(view, now).verdicts) {
    if (!bad(verdict) || (!known && !needs_no_answer(verdict.finding.rule))) continue;
    if (verdict.finding.severity >= model::Severity::kError) {
      answer.result = CheckedResult::kRefuses;
    }
    check.report.findings.push_back(std::move(verdict.finding));
  }
  if (!known && answer.result == CheckedResult::kOk) {
    answer = {CheckedResult::kUndetermined, why_not_reached(watched, looked)};
  }
  return answer;
}

void judge_files(const CheckOptions& options, Check& check, base::Instant now) {
  const daemon::DeploymentConfig config = deployment_of(options);
  Answer all;
  if (check.deployed.validators.empty()) {
    all = {CheckedResult::kUndetermined, "the files name no validator that can be judged"};
  }
  for (const daemon::WatchedValidator& watched : check.deployed.validators) {
    Answer answer = judge_validator(watched, config, check, now);
    const bool worse =
        answer.result == CheckedResult::kRefuses ||
        (answer.result == CheckedResult::kUndetermined && all.result == CheckedResult::kOk);
    if (worse) all = std::move(answer);
  }
  for (const std::string& file : options.files) {
    check.report.checked.push_back({CheckedKind::kFile, file, all.result, all.why});
  }
}

// Problems with the files go to stderr, each with its remedy; the worst decides the exit code.
void report_problems(const daemon::ReadDeployment& deployed, Check& check, Streams& streams) {
  for (const base::Error& problem : deployed.problems) {
    check.code = worst(check.code, report(streams, problem));
  }
  for (const std::string& note : deployed.notes) {
    streams.err << "note: " << base::printable(note, 400) << '\n';
  }
}

// What the options say that no file or configuration bears out.
base::Status check_options(const CheckOptions& options, const daemon::Config& config) {
  const auto wrong = [](std::string message, std::string hint) {
    return base::fail(
        base::make_error(base::ErrorKind::kUsage, std::move(message), std::move(hint)));
  };
  if (options.files.empty() && options.authorities.empty()) {
    return wrong("there is nothing to check", "name deployed files, or --authority URL");
  }
  for (const std::string& authority : options.authorities) {
    if (config.find_authority(authority) != nullptr || base::parse_url(authority)) continue;
    return wrong("--authority " + authority + " is no URL, and no configured authority",
                 "give the issuer, such as https://accounts.google.com");
  }
  const std::vector<std::string> profiles = config_world().profiles;
  if (options.profile &&
      std::find(profiles.begin(), profiles.end(), *options.profile) == profiles.end()) {
    const auto near = base::nearest(*options.profile, profiles);
    return wrong("no profile is called " + *options.profile,
                 near ? "did you mean " + *near + "?" : "known: " + base::join(profiles, ", "));
  }
  if (options.framework && !deployed::parse_package_version(*options.framework)) {
    return wrong("--framework " + *options.framework + " is no version",
                 "write the framework's version, such as 8.0");
  }
  return base::Ok{};
}

}  // namespace

int run_check(const CheckOptions& options, Streams& streams) {
  auto config = load_config_or_defaults(options.config, streams);
  if (!config) return kUsage;
  if (const auto fit = check_options(options, *config); !fit) return report(streams, fit.error());
  const base::SystemClock clock;
  Check check;
  if (!options.files.empty()) {
    const daemon::DeploymentConfig deployment = deployment_of(options);
    check.deployed = daemon::read_deployment(deployment, daemon::read_from_disk(deployment),
                                             std::make_shared<validators::DocumentStore>());
    report_problems(check.deployed, check, streams);
    if (check.code != kFine) return check.code;
  }
  const daemon::TrackOptions track{config->timeline, config->tls, config->clock.warn,
                                   config->instance, config->limits.body_bytes};
  auto looked = daemon::look_once(specs_of(options, *config, check.deployed), config->limits, track,
                                  base::Environment::of_process(), clock);
  if (!looked) return report(streams, looked.error());
  check.looked = std::move(*looked);

  const base::Instant now = clock.wall();
  check.report.schema = "idpwatch.check/v1";
  check.report.at = now;
  check.report.with_clock = options.clock;
  judge_authorities(options, check);
  if (!options.files.empty()) judge_files(options, check, now);
  if (options.clock) read_clocks(check, clock);

  if (options.output == CheckOutput::kJson) {
    streams.out << to_json(check.report).dump(2) << '\n';
  } else {
    SourceLines lines;
    print_report(check.report, streams.out, streams.colour,
                 [&lines](const model::SourceRef& at) { return lines.at(at.file, at.line); });
  }
  return verdict(check.report);
}

}  // namespace idpwatch::cli
