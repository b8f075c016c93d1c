#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "cli/authority_keys.hpp"
#include "cli/checked_deployment.hpp"
#include "cli/commands.hpp"
#include "cli/probe_once.hpp"
#include "cli/settings.hpp"
#include "explain/check_by_check.hpp"
#include "explain/explain_token.hpp"
#include "explain/explanation_json.hpp"
#include "explain/explanation_text.hpp"
#include "explain/token_signature.hpp"
#include "watch/deployments.hpp"
#include "watch/trusted_authority.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

namespace idpwatch::cli {
namespace {

using explain::Explanation;
using explain::KnownAuthority;
using explain::SignatureFact;

base::Error wrong(std::string message, std::string hint) {
  return base::make_error(base::ErrorKind::kUsage, std::move(message), std::move(hint));
}

// A word that is a token, where the command line left it to --against.
bool looks_like_token(const std::string& word) {
  std::error_code ignored;
  return word.starts_with("ey") && std::count(word.begin(), word.end(), '.') >= 2 &&
         !std::filesystem::exists(word, ignored);
}

struct Asked {
  watch::WatchedValidator watched;
  std::size_t authority = 0;  // of the authorities; beyond them: none
};

class ExplainRun {
 public:
  ExplainRun(const ExplainOptions& options, Streams& streams)
      : options_(options), streams_(streams) {}

  int run() {
    auto config = load_config_or_defaults(options_.config, streams_);
    if (!config) return kUsage;
    config_ = std::move(*config);
    take_token_from_files();
    base::Instant now = clock_.wall();
    if (options_.at) {
      const auto given = time_argument(*options_.at);
      if (!given) return report(streams_, given.error());
      now = *given;
    }
    const auto pasted = pasted_text();
    if (!pasted) return report(streams_, pasted.error());
    explanation_ = explain::explain_token(*pasted, {now, std::nullopt, options_.redact});
    explanation_.at_past = options_.at.has_value();
    if (const auto fit = check_token(); !fit) return report(streams_, fit.error());
    if (const auto read = find_deployments(); !read) return report(streams_, read.error());
    if (code_ != kFine) return code_;
    find_authorities();
    if (const auto known = learn_keys(); !known) return report(streams_, known.error());
    judge();
    print();
    return result();
  }

 private:
  void take_token_from_files() {
    for (auto& group : options_.against) {
      const auto found = std::find_if(group.begin(), group.end(), looks_like_token);
      if (found == group.end() || options_.token) continue;
      options_.token = *found;
      group.erase(found);
    }
    std::erase_if(options_.against, [](const auto& group) { return group.empty(); });
  }

  base::Result<std::string> pasted_text() {
    if (options_.token && *options_.token != "-") return *options_.token;
    if (streams_.in == nullptr) {
      return base::fail(wrong("no token was given", "pass it, or - to read standard input"));
    }
    if (streams_.in_terminal) streams_.err << "Paste the token, then press Enter and Ctrl-D:\n";
    std::string text;
    char c = 0;
    while (text.size() <= checks::kPastedBytesMax && streams_.in->get(c)) text.push_back(c);
    if (text.size() > checks::kPastedBytesMax) {
      return base::fail(base::ErrorKind::kInput, "the input is larger than 1 MiB",
                        "paste the token alone");
    }
    return text;
  }

  base::Status check_token() {
    const checks::PastedToken& pasted = explanation_.pasted;
    if (!pasted.endpoint_error.empty()) {
      return base::fail(base::ErrorKind::kInput,
                        "this is a token endpoint's refusal, not a token: " +
                            base::printable(pasted.endpoint_error, 300),
                        "fix that request first; the message is the provider's");
    }
    if (pasted.token.empty()) {
      return base::fail(wrong("there is no token in what was given",
                              "pass it as an argument, or - to read standard input"));
    }
    if (options_.jwks && options_.at) {
      return base::fail(
          wrong("--jwks and --at exclude each other", "--at takes the keys from our history"));
    }
    if (options_.authority && config_.find_authority(*options_.authority) == nullptr) {
      if (const auto url = base::parse_url(*options_.authority); !url) {
        return base::fail(wrong(
            "--authority: no authority of that name is configured, and " + url.error().message,
            "give the issuer, such as https://accounts.google.com"));
      }
    }
    if ((options_.profile || options_.framework) && options_.against.empty()) {
      return base::fail(wrong("--profile and --framework say how the files of --against are read",
                              "name the deployed files with --against"));
    }
    return base::Ok{};
  }

  // The deployments that --against names, else all configured ones.
  base::Status find_deployments() {
    for (const auto& group : options_.against) {
      std::vector<std::string> files;
      for (const std::string& word : group) {
        const auto found = std::find_if(config_.deployments.begin(), config_.deployments.end(),
                                        [&](const auto& one) { return one.name == word; });
        if (found != config_.deployments.end()) {
          read(*found);
        } else {
          files.push_back(word);
        }
      }
      if (files.empty()) continue;
      CheckOptions check;
      check.files = files;
      check.profile = options_.profile;
      check.framework = options_.framework;
      read(checked_deployment(check, config_).config);
    }
    if (!options_.against.empty()) return base::Ok{};
    for (const config::DeploymentConfig& deployment : config_.deployments) read(deployment);
    return base::Ok{};
  }

  void read(const config::DeploymentConfig& deployment) {
    watch::ReadDeployment found = watch::validators_of(
        watch::read_deployment_files(deployment, {}, watch::disk()), documents_);
    for (const base::Error& problem : found.problems) {
      code_ = worst(code_, report(streams_, problem));
    }
    for (const std::string& note : found.notes) {
      streams_.err << "note: " << base::printable(note, 400) << '\n';
    }
    for (watch::WatchedValidator& watched : found.validators) {
      asked_.push_back({std::move(watched), 0});
    }
  }

  [[nodiscard]] std::optional<model::AuthoritySpec> named_authority() const {
    if (!options_.authority) return std::nullopt;
    const config::AuthorityConfig* known = config_.find_authority(*options_.authority);
    return known != nullptr ? known->spec : config_.authority_of(*options_.authority);
  }

  std::size_t place_of(const model::AuthoritySpec& spec) {
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      if (specs_[i].name == spec.name) return i;
    }
    specs_.push_back(spec);
    return specs_.size() - 1;
  }

  void find_authorities() {
    const auto given = named_authority();
    watch::TrustedAuthorities authorities(config_);
    for (const model::AuthoritySpec& spec : specs_) authorities.add(spec);
    for (Asked& asked : asked_) {
      const auto trusted = authorities.of(asked.watched);
      asked.authority = given ? place_of(*given) : trusted ? place_of(trusted->spec) : kNone;
      if (trusted && !trusted->known) authorities.add(trusted->spec);
    }
    keep_concerned();
    if (!asked_.empty()) return;
    if (given) {
      place_of(*given);
    } else if (const auto issuer = token_issuer()) {
      place_of(*issuer);
    }
  }

  // Without --against: those that trust the token's issuer, as far as that is told by names.
  void keep_concerned() {
    if (!options_.against.empty() || options_.all) return;
    const std::string issuer =
        explanation_.form.token ? explanation_.form.token->issuer.value_or("") : "";
    const auto host = base::parse_url(issuer);
    if (!host) return;
    std::erase_if(asked_, [&](const Asked& asked) {
      const auto& settings = asked.watched.settings;
      const auto& issuers = settings.issuers.value();
      const std::string place = asked.authority < specs_.size() ? specs_[asked.authority].issuer
                                                                : settings.authority.value();
      const auto url = base::parse_url(place);
      const bool same_host = url && url->host == host->host;
      return !same_host && std::find(issuers.begin(), issuers.end(), issuer) == issuers.end();
    });
  }

  // The token's own issuer: an address that whoever made the token chose, so that only public https
  // names are asked.
  [[nodiscard]] std::optional<model::AuthoritySpec> token_issuer() const {
    const std::string issuer =
        explanation_.form.token ? explanation_.form.token->issuer.value_or("") : "";
    if (const config::AuthorityConfig* known = config_.find_authority(issuer); known != nullptr) {
      return known->spec;
    }
    const auto url = base::parse_url(issuer);
    const bool public_name = url && url->https() && url->user.empty() && url->query.empty() &&
                             url->host.find('.') != std::string::npos &&
                             !url->host.starts_with('[') &&
                             url->host.find_first_not_of("0123456789.") != std::string::npos &&
                             !url->host.ends_with(".internal") && !url->host.ends_with(".local");
    if (!public_name) return std::nullopt;
    return config_.authority_of(issuer);
  }

  base::Status learn_keys() {
    if (options_.jwks) {
      for (const model::AuthoritySpec& spec : specs_) {
        auto known = known_by_file(spec, *options_.jwks);
        if (!known) return base::fail(known.error());
        known_.push_back(std::move(*known));
      }
      return base::Ok{};
    }
    if (options_.at) {
      ExitCode code = kFine;
      auto reader = open_store({options_.config, options_.db}, streams_, code);
      if (!reader) {
        return base::fail(base::ErrorKind::kNotFound, "--at needs our history",
                          "name it with --db or --config");
      }
      for (const model::AuthoritySpec& spec : specs_) {
        auto known = known_by_history(*reader, spec, explanation_.now);
        if (!known) return base::fail(known.error());
        known_.push_back(std::move(*known));
      }
      return base::Ok{};
    }
    auto looked = probe(specs_);
    if (!looked) return base::fail(looked.error());
    for (const ProbeResult& one : *looked) known_.push_back(known_by_probe(one, clock_));
    for (std::size_t i = 0; i < specs_.size(); ++i) look_elsewhere(i);
    return base::Ok{};
  }

  base::Result<std::vector<ProbeResult>> probe(const std::vector<model::AuthoritySpec>& specs) {
    const watch::TrackOptions track{config_.timeline, config_.tls, config_.clock.warn,
                                    config_.instance, config_.limits.body_bytes};
    return probe_once(specs, config_.limits, track, base::Environment::of_process(), clock_);
  }

  // A kid that the set does not hold: our history may, or Entra's metadata of one application.
  void look_elsewhere(std::size_t place) {
    elsewhere_.resize(specs_.size());
    const KnownAuthority& known = known_[place];
    if (!explanation_.form.readable() || known.jwks == nullptr) return;
    const SignatureFact fact = explain::verify_signature(explanation_.form, known.keys);
    if (fact.is != SignatureFact::Is::kUnknownKid) return;
    auto reader = storage::Reader::open(options_.db ? *options_.db : config_.state_dir);
    if (reader) {
      elsewhere_[place] = former_key(*reader, specs_[place], explanation_.form, explanation_.now);
    }
    if (elsewhere_[place]) return;
    const std::string url =
        explain::application_metadata_url(explanation_.form, known.metadata_url);
    if (url.empty()) return;
    model::AuthoritySpec spec = specs_[place];
    spec.metadata_url = url;
    spec.jwks_url.reset();
    const auto looked = probe({spec});
    if (!looked || looked->empty()) return;
    const KnownAuthority application = known_by_probe(looked->front(), clock_);
    if (application.jwks == nullptr) return;
    elsewhere_[place] = explain::application_key(explanation_.form, url, application.keys);
  }

  void judge() {
    elsewhere_.resize(specs_.size());
    if (!known_.empty()) explain::tell_times(explanation_, known_.front().clock);
    for (const Asked& asked : asked_) {
      const bool known = asked.authority < known_.size();
      const explain::ExplainedValidator one{asked.watched.name, asked.watched.settings,
                                            asked.watched.validator,
                                            known ? &known_[asked.authority] : nullptr,
                                            known ? elsewhere_[asked.authority] : std::nullopt};
      explanation_.results.push_back(explain::explain_validator(one, explanation_));
    }
    if (!asked_.empty()) return;
    for (std::size_t i = 0; i < known_.size(); ++i) {
      explanation_.results.push_back(
          explain::explain_by_authority(known_[i], elsewhere_[i], explanation_));
    }
    if (explanation_.results.empty()) {
      explanation_.notes.emplace_back(
          "Nothing says who is to accept it: name the deployed files (--against FILE) or the "
          "authority (--authority URL).");
    }
  }

  void print() {
    if (options_.output == Output::kJson) {
      streams_.out << explain::explanation_json(explanation_)
                          .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                   << '\n';
    } else {
      streams_.out << explain::explanation_text(explanation_, options_.all);
    }
  }

  [[nodiscard]] ExitCode result() const {
    if (explanation_.results.empty()) return kUndetermined;
    ExitCode code = kFine;
    for (const explain::ValidatorExplanation& one : explanation_.results) {
      code = worst(code, !one.accepted ? kUndetermined : *one.accepted ? kFine : kFound);
    }
    return code;
  }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  ExplainOptions options_;
  Streams& streams_;
  base::SystemClock clock_;
  config::Config config_;
  Explanation explanation_;
  std::shared_ptr<validators::DocumentStore> documents_ =
      std::make_shared<validators::DocumentStore>();
  std::vector<Asked> asked_;
  std::vector<model::AuthoritySpec> specs_;
  std::vector<KnownAuthority> known_;
  std::vector<std::optional<explain::KeyElsewhere>> elsewhere_;
  ExitCode code_ = kFine;
};

}  // namespace

int run_explain(const ExplainOptions& options, Streams& streams) {
  return ExplainRun(options, streams).run();
}

}  // namespace idpwatch::cli
