#include "validators/stories/story_runner.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "validators/core/profiles.hpp"
#include "validators/dotnet/aspnet.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace idpwatch::validators {
namespace {

constexpr std::string_view kDocumentPath = "/.well-known/openid-configuration";
constexpr base::JsonLimits kDocumentLimits{.bytes = 64UL * 1024 * 1024, .depth = 64};

// Scheme and host in lower case, the default port left out; "" for what is no URL.
std::string normal_url(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) {
    return {};
  }
  const std::string scheme = base::to_lower(url.substr(0, scheme_end));
  std::string_view rest = url.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t path = std::min(rest.find('/'), rest.size());
  std::string host = base::to_lower(rest.substr(0, path));
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (host.ends_with(port)) {
    host = host.substr(0, host.size() - port.size());
  }
  return scheme + "://" + host + std::string(rest.substr(path));
}

std::string host_of(const std::string& normal) {
  return normal.substr(0, std::min(normal.find('/', normal.find("://") + 3), normal.size()));
}

class StoryWorld final : public World {
 public:
  StoryWorld() {
    nothing_.status = 404;
    nothing_.content_type.clear();
    nothing_.body = std::make_shared<const std::string>();
  }

  void serve(const Serve& serve) {
    const std::string url = normal_url(serve.url);
    if (!serve.whole_host) {
      urls_[url] = serve.answer.value_or(nothing_);
    } else if (serve.answer && serve.answer->fault != Fault::kNone) {
      hosts_[url] = *serve.answer;
    } else {
      hosts_.erase(url);
    }
  }

  [[nodiscard]] const Served& fetch(std::string_view url, base::Instant /*at*/) const override {
    const std::string normal = normal_url(url);
    if (const auto host = hosts_.find(host_of(normal)); host != hosts_.end()) {
      return host->second;
    }
    const auto found = urls_.find(normal);
    return found == urls_.end() ? nothing_ : found->second;
  }

 private:
  std::unordered_map<std::string, Served> urls_, hosts_;
  Served nothing_;
};

std::string framework_of(const Asked& asked) {
  return asked.profile == "aspnetcore-jwtbearer" && asked.framework.empty()
             ? usual_framework(asked.version, asked.variant)
             : asked.framework;
}

std::string text_in(const base::Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string document_address(const model::ValidatorSettings& settings) {
  return settings.metadata_url.has_value() ? settings.metadata_url.value()
                                           : base::discovery_url(settings.authority.value());
}

// A validator that asks for no document is told what that of its authority says first, or, if the
// story has none, whichever comes first.
void take_from_document(model::ValidatorSettings& settings, const Story& story) {
  const std::string address = normal_url(document_address(settings));
  std::optional<std::pair<std::string, std::string>> told;
  for (const StoryStep& step : story.steps) {
    const auto* serving = std::get_if<StoryStep::Serving>(&step.what);
    if (serving == nullptr) continue;
    for (const Serve& serve : serving->serves) {
      const bool own = normal_url(serve.url) == address;
      const bool document = own || serve.url.ends_with(kDocumentPath);
      if (!document || (told && !own) || !serve.answer || !serve.answer->body) continue;
      const auto parsed = base::parse_json(*serve.answer->body, kDocumentLimits);
      if (!parsed || !parsed->value->is_object()) continue;
      told = {text_in(*parsed->value, "jwks_uri"), text_in(*parsed->value, "issuer")};
      if (own) break;
    }
    if (told) break;
  }
  if (!told) return;
  if (settings.jwks_url.absent()) settings.jwks_url = model::TextSetting(told->first);
  if (settings.issuers.value().empty()) settings.issuers = model::ListSetting({told->second});
}

Answer not_started() {
  Answer answer;
  answer.status = 0;
  answer.error = "not-started";
  answer.because = "the process has not been started yet";
  return answer;
}

// What a request takes in reality before the library reads its clock; the first ones in a process
// take longer. It decides where a request comes at the very instant at which a wait ends: the
// library reads its clock before it fetches, and waits from there (`syncAfter <= now`).
constexpr base::Duration kWarmUp = base::milliseconds(1);

// One pass through the story for one place in the drawn ranges.
class Pass {
 public:
  Pass(const Story& story, std::shared_ptr<const Validator> validator, Draws draws,
       const SignatureOracle& oracle, bool explain)
      : story_(story),
        validator_(std::move(validator)),
        draws_(draws),
        oracle_(oracle),
        explain_(explain) {}

  // Every request is read a moment sooner after its instant than the one before.
  Pass& warming_up() {
    for (const StoryStep& step : story_.steps) {
      if (std::holds_alternative<StoryStep::Asking>(step.what)) late_ += kWarmUp;
    }
    return *this;
  }

  std::vector<StoryAnswer> run() {
    for (const StoryStep& step : story_.steps) {
      now_ = step.at;
      std::visit([this](const auto& what) { take(what); }, step.what);
    }
    return std::move(answers_);
  }

 private:
  void take(const StoryStep::Serving& serving) {
    for (const Serve& serve : serving.serves) {
      world_.serve(serve);
    }
  }
  void take(const StoryStep::Starting&) { service_.emplace(validator_, draws_, oracle_); }
  void take(const StoryStep::ClockOff& clock) { clock_off_ = clock.by; }
  void take(const StoryStep::Asking& asking) {
    Answer answer = not_started();
    if (service_) {
      const base::Instant at = story_.epoch + now_ + late_;
      late_ = std::max(late_ - kWarmUp, base::Duration(0));
      const Credentials credentials =
          asking.authorization ? Credentials::header(*asking.authorization) : Credentials::none();
      answer = service_->request(world_, {at, at + clock_off_, credentials}, explain_);
    }
    answers_.push_back({asking.name, now_, std::move(answer), {}});
  }

  const Story& story_;
  std::shared_ptr<const Validator> validator_;
  Draws draws_;
  const SignatureOracle& oracle_;
  bool explain_;
  StoryWorld world_;
  std::optional<Simulation> service_;
  base::Duration now_{0}, clock_off_{0}, late_{0};
  std::vector<StoryAnswer> answers_;
};

std::string pair_text(int discovery, int keys) {
  return "[" + std::to_string(discovery) + "," + std::to_string(keys) + "]";
}

bool status_equal(const Answer& answer, const RecordedAnswer& recorded) {
  return answer.status == recorded.status;
}
bool error_equal(const Answer& answer, const RecordedAnswer& recorded) {
  return answer.error == recorded.error;
}
bool fetches_equal(const Answer& answer, const RecordedAnswer& recorded) {
  return answer.fetches.discovery == recorded.discovery_fetches &&
         answer.fetches.keys - (recorded.arrivals ? answer.fetches.keys_lost : 0) ==
             recorded.key_fetches;
}

void compare_one(const StoryAnswer& simulated, const RecordedAnswer& recorded,
                 Agreement& agreement) {
  const Answer& answer = simulated.answer;
  bool drawn = false;
  const auto holds = [&](bool (*equal)(const Answer&, const RecordedAnswer&), int& count) {
    const bool middle = equal(answer, recorded);
    const bool end =
        !middle && std::any_of(simulated.elsewhere.begin(), simulated.elsewhere.end(),
                               [&](const Answer& one) { return equal(one, recorded); });
    drawn = drawn || end;
    count += middle || end ? 1 : 0;
    return middle || end;
  };
  ++agreement.requests;
  if (!holds(status_equal, agreement.status_equal)) {
    agreement.differences.push_back(simulated.request + ": status " +
                                    std::to_string(answer.status) + ", recorded " +
                                    std::to_string(recorded.status));
  }
  if (!holds(error_equal, agreement.error_equal)) {
    const auto name = [](const std::string& error) { return error.empty() ? "none" : error; };
    agreement.differences.push_back(simulated.request + ": error " + name(answer.error) +
                                    ", recorded " + name(recorded.error));
  }
  if (!holds(fetches_equal, agreement.fetches_equal)) {
    agreement.fetch_differences.push_back(
        simulated.request + ": fetches " +
        pair_text(answer.fetches.discovery, answer.fetches.keys) + ", recorded " +
        pair_text(recorded.discovery_fetches, recorded.key_fetches));
  }
  agreement.drawn += drawn ? 1 : 0;
}

}  // namespace

base::Result<std::shared_ptr<const Validator>> validator_for(const Story& story, const Asked& asked,
                                                             const DeployedReader& deployed,
                                                             std::shared_ptr<DocumentStore> store) {
  model::ValidatorSettings settings = story.settings;
  if (story.deployed) {
    if (!deployed) {
      return base::fail(base::ErrorKind::kInput,
                        "story " + story.id + " needs a reader of deployed files");
    }
    auto read = deployed(*story.deployed, asked.profile, framework_of(asked));
    if (!read) {
      return base::fail(std::move(read.error()).in("story " + story.id));
    }
    std::optional<model::ValidatorSettings>& found = *read;
    if (!found) {
      return std::shared_ptr<const Validator>();
    }
    settings = std::move(*found);
  }
  settings.profile = asked.profile;
  settings.version = asked.version;
  settings.variant = asked.variant;
  settings.framework = asked.framework;
  const Profile* profile = find_profile(asked.profile);
  if (profile != nullptr && !profile->discovers) take_from_document(settings, story);
  return Validator::compile(settings, std::move(store));
}

std::vector<StoryAnswer> run_story(const Story& story,
                                   const std::shared_ptr<const Validator>& validator,
                                   const SignatureOracle& oracle, bool explain) {
  constexpr std::array<Draws, 2> kEnds{{{0, 0}, {0.9999, 0.9999}}};
  std::vector<StoryAnswer> answers = Pass(story, validator, {}, oracle, explain).run();
  const auto compare_with = [&answers](const std::vector<StoryAnswer>& other) {
    for (std::size_t i = 0; i < answers.size(); ++i) {
      Answer& answer = answers[i].answer;
      const Answer& end_answer = other[i].answer;
      const bool otherwise = answer.status != end_answer.status || answer.error != end_answer.error;
      answer.spread = answer.spread || otherwise;
      if (otherwise || answer.fetches != end_answer.fetches) {
        answers[i].elsewhere.push_back(end_answer);
      }
    }
  };
  for (const Draws& end : kEnds) {
    compare_with(Pass(story, validator, end, oracle, false).run());
  }
  compare_with(Pass(story, validator, {}, oracle, false).warming_up().run());
  return answers;
}

Agreement compare(const std::vector<StoryAnswer>& answers,
                  const std::map<std::string, RecordedAnswer>& recorded) {
  Agreement agreement;
  for (const StoryAnswer& answer : answers) {
    const auto found = recorded.find(answer.request);
    if (found != recorded.end()) {
      compare_one(answer, found->second, agreement);
    }
  }
  return agreement;
}

bool is_for(const Story& story, std::string_view profile) {
  return story.profiles.empty() ||
         std::find(story.profiles.begin(), story.profiles.end(), profile) != story.profiles.end();
}

}  // namespace idpwatch::validators
