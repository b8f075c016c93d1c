#include "tests/corpus/judged_year.hpp"

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "forecast/claims/synthetic_token.hpp"
#include "forecast/history/body_reading.hpp"
#include "model/observation_record.hpp"
#include "storage/store.hpp"
#include "watch/deployed_files.hpp"
#include "watch/deployments.hpp"
#include "watch/file_access.hpp"
#include "watch/importer.hpp"
#include "watch/response_history.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace idpwatch::corpus {

namespace {

namespace fs = std::filesystem;

constexpr base::Duration kAskedAfter = base::minutes(1);
constexpr base::Duration kDay = base::hours(24);

class Folder {
 public:
  Folder() : path_((fs::temp_directory_path() / "idpwatch-year-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no folder for a store");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] fs::path path() const { return path_; }

 private:
  std::string path_;
};

config::Config config_of(const model::Observation& first, const fs::path& folder,
                         const std::string& version) {
  const base::Json settings = {
      {"Authentication",
       {{"Schemes", {{"Bearer", {{"Authority", first.issuer}, {"ValidAudience", "api"}}}}}}}};
  const fs::path file = folder / "appsettings.json";
  std::ofstream(file) << settings.dump(1);
  config::Config config;
  config.state_dir = folder.string();
  config.instance = config.alerts.instance = "year";
  config::AuthorityConfig authority;
  authority.spec.name = first.authority;
  authority.spec.issuer = first.issuer;
  config.authorities = {authority};
  config::DeploymentConfig deployment;
  deployment.name = "service";
  deployment.files = {file.string()};
  deployment.profile = "aspnetcore-jwtbearer";
  deployment.version = version;
  config.deployments = {deployment};
  return config;
}

bool same_answer(const std::optional<model::Fetch>& a, const std::optional<model::Fetch>& b) {
  if (a.has_value() != b.has_value()) return false;
  if (!a) return true;
  return a->status == b->status && a->url == b->url && a->body == b->body &&
         a->failure.has_value() == b->failure.has_value();
}

bool differ(const model::Observation& a, const model::Observation& b) {
  return !same_answer(a.discovery, b.discovery) || !same_answer(a.jwks, b.jwks);
}

// The last of each day.
std::vector<model::Observation> daily(const Provider& provider) {
  std::vector<model::Observation> days;
  for (const model::Observation& seen : provider.observations) {
    const bool same_day = !days.empty() && std::chrono::floor<std::chrono::days>(days.back().at) ==
                                               std::chrono::floor<std::chrono::days>(seen.at);
    if (same_day) {
      days.back() = seen;
    } else {
      days.push_back(seen);
    }
  }
  return days;
}

// What one look saw.
class OneLook final : public validators::World {
 public:
  explicit OneLook(const model::Observation& seen) {
    missing_.status = 404;
    for (const auto* part : {&seen.discovery, &seen.jwks}) {
      if (*part) served_[(*part)->url] = watch::served_of(**part, nullptr);
    }
  }
  [[nodiscard]] const validators::Served& fetch(std::string_view url,
                                                base::Instant) const override {
    const auto found = served_.find(url);
    return found == served_.end() ? missing_ : found->second;
  }

 private:
  std::map<std::string, validators::Served, std::less<>> served_;
  validators::Served missing_;
};

// What a service that starts on these answers does with a token of some published key.
Truth start_on(const model::Observation& seen, const validators::Body& document,
               const validators::Body& set,
               const std::shared_ptr<const validators::Validator>& service) {
  const OneLook world(seen);
  forecast::Claims claims;
  claims.issuer = forecast::read_body(document).document.issuer;
  claims.audiences = {"api"};
  Truth truth = Truth::kCannotStart;
  const auto keys = forecast::read_body(set).keys;
  for (const model::Jwk& key : *keys) {
    const auto token =
        forecast::synthetic_token(claims, forecast::signer_of(key, std::nullopt),
                                  {seen.at - base::minutes(1), seen.at + base::hours(1)});
    validators::Simulation started(service);
    const validators::Request request{seen.at, seen.at, validators::Credentials::synthetic(token)};
    if (started.request(world, request, false).accepted()) return Truth::kWorks;
    if (started.has_configuration()) truth = Truth::kRefuses;
  }
  return truth;
}

// Keeps the newest good answers: what runs lives on these.
class Witness {
 public:
  Truth truth(const model::Observation& seen,
              const std::shared_ptr<const validators::Validator>& service) {
    if (!address_) address_ = seen.discovery ? seen.discovery->url : "";
    if (seen.discovery && seen.discovery->url != *address_) return Truth::kUnknown;
    const bool whole = keep(seen.discovery, good_.discovery) && keep(seen.jwks, good_.jwks);
    if (!good_.discovery || !good_.jwks) return Truth::kCannotStart;
    const validators::Body& document = good_.discovery->body;
    if (forecast::read_body(document).document.jwks_uri != good_.jwks->url) return Truth::kUnknown;
    good_.at = seen.at;
    const Truth running = start_on(good_, document, good_.jwks->body, service);
    return running == Truth::kWorks && !whole ? Truth::kCannotStart : running;
  }

 private:
  static bool keep(const std::optional<model::Fetch>& now, std::optional<model::Fetch>& good) {
    const bool is_good = now && !now->failure && now->status == 200 && now->body;
    if (is_good) good = now;
    return is_good;
  }

  model::Observation good_;
  std::optional<std::string> address_;  // that the service asks
};

template <class Value>
Value expect(base::Result<Value> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}

}  // namespace

std::vector<JudgedDay> judged_year(const Provider& provider, const std::string& version,
                                   Asked asked) {
  const std::vector<model::Observation> days = daily(provider);
  if (days.empty() || !days.front().issuer.starts_with("https://")) return {};
  const Folder folder;
  const config::Config config = config_of(days.front(), folder.path(), version);
  storage::OpenOptions open;
  open.now = days.front().at - kDay;
  open.instance = config.instance;
  storage::Store store = expect(storage::Store::open(folder.path(), open));
  base::SeededRandom random(1);
  std::vector<JudgedDay> judged;
  std::string waiting;
  Witness witness;
  for (std::size_t i = 0; i < days.size(); ++i) {
    waiting += model::write_record(days[i]) + "\n";
    const bool news = i == 0 || differ(days[i - 1], days[i]) || i + 1 == days.size() ||
                      (i > 1 && differ(days[i - 2], days[i - 1]));
    if (asked == Asked::kDaysWithNews && !news) continue;
    const base::Instant now = days[i].at + kAskedAfter;
    expect(watch::import_records(waiting, provider.name, store, random,
                                 {.config = config, .now = now, .progress = {}}));
    waiting.clear();
    const base::SystemClock clock;
    watch::Deployments deployments(clock);
    deployments.configure(config);
    const auto read = watch::read_deployment_files(config.deployments.front(), {}, watch::disk());
    if (!deployments.take({read}, config, now).log.empty()) {
      throw std::runtime_error("a file was not read");
    }
    JudgedDay day;
    day.at = now;
    for (model::CheckResult& result :
         expect(deployments.judging().judge_stored(store.reader(), {now, base::Duration(0)}))) {
      if (result.health == model::Health::kFailing)
        day.findings.push_back(std::move(result.finding));
    }
    day.undetermined = deployments.states().front().state == model::RefusalState::kUndetermined;
    day.truth = witness.truth(
        days[i], deployments.judging().members(provider.name).front().validator->validator);
    judged.push_back(std::move(day));
  }
  return judged;
}

}  // namespace idpwatch::corpus
