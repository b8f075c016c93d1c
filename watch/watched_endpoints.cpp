#include "watch/watched_endpoints.hpp"

#include "checks/endpoint/endpoint_findings.hpp"
#include "probe/schedule.hpp"
#include "watch/endpoint_question.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace idpwatch::watch {
namespace {

// Its place in time is not that of an authority of the same name.
std::string schedule_name(const std::string& deployment) { return "endpoint of " + deployment; }

model::SourceRef source_of(const model::Origin& origin) {
  return {origin.file, static_cast<std::size_t>(origin.line),
          origin.key.empty() ? "endpoint" : origin.key + ".endpoint"};
}

}  // namespace

WatchedEndpoints::WatchedEndpoints(net::Scheduler& scheduler, net::HttpTransport& transport,
                                   const Deployments& deployments, EndpointTokens tokens,
                                   Results results)
    : scheduler_(scheduler),
      transport_(transport),
      deployments_(deployments),
      tokens_(std::move(tokens)),
      results_(std::move(results)) {}

WatchedEndpoints::~WatchedEndpoints() {
  for (auto& [name, watched] : watched_) scheduler_.cancel(watched.timer);
}

void WatchedEndpoints::configure(std::shared_ptr<const config::Config> config) {
  const bool same_way = config_ && config_->defaults == config->defaults;
  const base::Duration now = scheduler_.now().boottime;
  std::set<std::string_view> names;
  const auto count = static_cast<std::size_t>(std::ranges::count_if(
      config->deployments, [](const auto& one) { return one.endpoint.has_value(); }));
  for (const config::DeploymentConfig& one : config->deployments) {
    if (!one.endpoint) continue;
    names.insert(one.name);
    const auto [found, fresh] = watched_.try_emplace(one.name);
    Watched& watched = found->second;
    watched.origin = one.origin;
    watched.canary = one.canary.has_value();
    if (!fresh && same_way && watched.endpoint == *one.endpoint) continue;
    watched.endpoint = *one.endpoint;
    watched.probe = std::make_unique<probe::EndpointProbe>(transport_);
    plan(one.name,
         probe::first_look(schedule_name(one.name), config->defaults.interval, count, now));
  }
  std::erase_if(watched_, [&](auto& entry) {
    if (names.contains(entry.first)) return false;
    scheduler_.cancel(entry.second.timer);
    return true;
  });
  std::erase_if(waiting_, [&](const std::string& name) { return !watched_.contains(name); });
  config_ = std::move(config);
  // One that was under way and is gone leaves its place.
  begin_waiting();
}

void WatchedEndpoints::drain() {
  draining_ = true;
  waiting_.clear();
  for (auto& [name, watched] : watched_) {
    scheduler_.cancel(watched.timer);
    watched.probe->cancel();
  }
}

void WatchedEndpoints::plan(const std::string& name, base::Duration at) {
  auto& [known, watched] = *watched_.find(name);
  scheduler_.cancel(watched.timer);
  const std::string& own = known;
  watched.timer = scheduler_.at(at, [this, &own](const net::Now&) { due(own); });
}

void WatchedEndpoints::due(const std::string& name) {
  Watched& watched = watched_.find(name)->second;
  plan(name, probe::next_look(schedule_name(name), config_->defaults.interval,
                              scheduler_.now().boottime));
  // Still under way, or waiting since its last turn: the API is slow, or we are.
  if (watched.probe->running() || std::exchange(watched.waiting, true)) return;
  waiting_.push_back(name);
  begin_waiting();
}

std::size_t WatchedEndpoints::running() const {
  return static_cast<std::size_t>(std::count_if(
      watched_.begin(), watched_.end(),
      [](const auto& entry) { return entry.second.probe && entry.second.probe->running(); }));
}

void WatchedEndpoints::begin_waiting() {
  while (!draining_ && !waiting_.empty() && running() < kAtOnce) {
    const std::string name = std::move(waiting_.front());
    waiting_.pop_front();
    begin(name, watched_.find(name)->second);
  }
}

void WatchedEndpoints::begin(const std::string& name, Watched& watched) {
  watched.waiting = false;
  probe::EndpointAsk ask;
  ask.question = endpoint_question(watched.endpoint, deployments_.validators(name));
  if (watched.canary && tokens_) {
    if (auto token = tokens_(name, scheduler_.now())) {
      ask.token = std::move(token->token);
      ask.question.token_audiences = std::move(token->audiences);
      ask.question.token_tenant = std::move(token->tenant);
      ask.question.forecast_status = token->forecast_status;
      ask.question.forecast_error = std::move(token->forecast_error);
    }
  }
  ask.transport = config_->authority_of(watched.endpoint.url);
  ask.limits = config_->limits;
  ask.on_behalf_of = schedule_name(name);
  const checks::EndpointQuestion question = ask.question;
  const bool with_token = !ask.token.empty();
  watched.probe->start(std::move(ask),
                       [this, name, question, with_token](probe::EndpointSeen&& seen) {
                         judge(name, question, with_token, seen);
                         begin_waiting();
                       });
}

void WatchedEndpoints::judge(const std::string& name, const checks::EndpointQuestion& question,
                             bool with_token, const probe::EndpointSeen& seen) {
  if (seen.ours) return;
  const Watched& watched = watched_.find(name)->second;
  checks::EndpointSubject subject;
  subject.deployment = name;
  subject.vantage = config_->instance;
  subject.source = source_of(watched.origin);
  subject.now = scheduler_.now().wall;
  checks::AskedOfEndpoint asked;
  asked.cors = !question.origin.empty();
  asked.token = with_token;
  asked.token_missing = watched.canary && !with_token;
  asked.forecast = !deployments_.validators(name).empty();
  results_(checks::endpoint_results(checks::judge_endpoint(question, seen.exchange), seen.exchange,
                                    subject, asked));
}

}  // namespace idpwatch::watch
