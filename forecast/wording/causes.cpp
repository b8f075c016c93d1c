#include "forecast/wording/causes.hpp"

#include "base/text.hpp"
#include "forecast/claims/fetched_address.hpp"
#include "forecast/claims/synthetic_token.hpp"
#include "forecast/wording/difference.hpp"
#include "forecast/wording/headline.hpp"
#include "forecast/wording/refusal_remedies.hpp"
#include "forecast/wording/rotation_forecast_texts.hpp"

#include <algorithm>

namespace idpwatch::forecast {

namespace {

std::string quoted(const std::string& value) { return "'" + base::printable(value, 256) + "'"; }

const KnownKey* known_key(const Problem& problem, const DeploymentView& view) {
  if (view.authority == nullptr || problem.key.empty()) return nullptr;
  const auto& keys = view.authority->keys;
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const KnownKey& one) {
    return one.key.thumbprint == problem.key;
  });
  return found == keys.end() ? nullptr : &*found;
}

// Another key that is published now under the same kid; null: there is none.
const KnownKey* published_under_its_kid(const Problem& problem, const DeploymentView& view) {
  if (view.authority == nullptr || problem.kid.empty()) return nullptr;
  const auto& keys = view.authority->keys;
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const KnownKey& one) {
    return one.key.kid == problem.kid && one.key.thumbprint != problem.key && !one.first_absent_at;
  });
  return found == keys.end() ? nullptr : &*found;
}

bool had_its_kid(const Problem& problem, const DeploymentView& view) {
  const auto& keys = view.authority->keys;
  return !problem.kid.empty() && std::any_of(keys.begin(), keys.end(), [&](const KnownKey& one) {
    return one.key.kid == problem.kid && one.key.thumbprint != problem.key && one.first_absent_at;
  });
}

// "accepts 'a'", "accepts 'a' and 'b'" of "a, b".
std::string accepted_text(const std::string& accepts) {
  std::string text;
  for (std::size_t from = 0; from < accepts.size();) {
    const std::size_t end = std::min(accepts.find(", ", from), accepts.size());
    text += (text.empty() ? "" : ", ") + quoted(accepts.substr(from, end - from));
    from = end + 2;
  }
  return text;
}

// Two values that are not the same, and where they differ.
std::string both(const std::string& brings, const Problem& problem) {
  std::string text = brings + ", the service accepts " + accepted_text(problem.accepts);
  const std::string where = difference(problem.brought, problem.accepts);
  return where.empty() ? text : text + " (" + base::printable(where, 256) + ")";
}

std::string rotation(const Problem& problem, const DeploymentView& view,
                     const std::string& authority, base::Instant now) {
  if (problem.disagreed) {
    return "this key comes and goes in the key set of " + authority + ", so its nodes disagree";
  }
  const KnownKey* key = known_key(problem, view);
  std::string text = authority + " publishes this key";
  if (key != nullptr && !key->initial) {
    text = authority + " published this key at " + instant_for_people(key->first_seen, now);
  }
  if (key != nullptr && had_its_kid(problem, view)) {
    return text +
           " under the kid of a former one, and an instance that cached the key set before "
           "still has that one";
  }
  return text + ", and an instance that cached the key set before does not have it";
}

std::string withdrawal(const Problem& problem, const DeploymentView& view,
                       const std::string& authority, base::Instant now) {
  const KnownKey* key = known_key(problem, view);
  if (const KnownKey* other = published_under_its_kid(problem, view)) {
    return authority + " replaced this key under the same kid at " +
           instant_for_people(other->first_seen, now) +
           ", and tokens signed with the former one are still valid";
  }
  std::string text = authority + " removed this key from its key set";
  if (key != nullptr && key->first_absent_at) {
    text += " at " + instant_for_people(*key->first_absent_at, now);
  }
  return text + ", and tokens signed with it are still valid";
}

std::string issuer(const Problem& problem, const std::string& authority, bool starts) {
  if (!problem.answer.empty()) {
    return base::printable(problem.url) + " serves " + base::printable(problem.answer) +
           ", the configured issuer is " + quoted(problem.accepts);
  }
  if (problem.issuer_move != Problem::IssuerMove::kNone) {
    const bool former = problem.issuer_move == Problem::IssuerMove::kFormerRefused;
    const std::string& from = former ? problem.brought : problem.accepts;
    const std::string& to = former ? problem.accepts : problem.brought;
    const std::string where = difference(from, to);
    return authority + " changed its issuer from " + quoted(from) + " to " + quoted(to) +
           (where.empty() ? "" : " (" + base::printable(where, 256) + ")");
  }
  if (problem.brought.find(kTenantTemplate) != std::string::npos) {
    return both("tokens have the issuer of their own tenant, as in " + quoted(problem.brought),
                problem);
  }
  if (problem.brought.empty()) {
    return starts ? "the issuer in the document of " + authority + " is not that of its tokens"
                  : authority + " changed its issuer";
  }
  return both("tokens have the issuer " + quoted(problem.brought), problem);
}

std::string audience(const Problem& problem, const DeploymentView& view) {
  if (lacks_scope(problem, view)) {
    return "tokens have neither scp nor roles, and the service requires one of them";
  }
  if (problem.accepts.empty()) return "no audience is configured, so it rejects every token";
  if (problem.brought.empty()) {
    return "tokens have no audience (aud), the service accepts " + accepted_text(problem.accepts);
  }
  return both("tokens have the audience " + quoted(problem.brought), problem);
}

std::string algorithm(const Problem& problem, const std::string& authority) {
  const std::string signs = authority + " signs with " + base::printable(problem.brought, 64);
  return problem.accepts.empty()
             ? signs + ", which this library cannot verify"
             : signs + ", the service accepts " + base::printable(problem.accepts, 256);
}

std::string https(const Problem& problem, const DeploymentView& view) {
  const model::ValidatorSettings& settings = view.settings;
  const std::string& where = !problem.url.empty()                ? problem.url
                             : settings.metadata_url.has_value() ? settings.metadata_url.value()
                                                                 : settings.authority.value();
  return base::printable(where) + " is not https, and " + view.validator->words().require_https +
         " is on";
}

}  // namespace

std::string cause_text(const Problem& problem, const DeploymentView& view, base::Instant now) {
  const std::string& rule = problem.rule;
  const std::string authority =
      view.authority == nullptr ? "the authority" : base::printable(view.authority->name, 128);
  if (problem.foreseen) return foreseen_cause(problem, authority, now);
  if (rule == "refusal-rotation") return rotation(problem, view, authority, now);
  if (rule == "refusal-withdrawn-key") return withdrawal(problem, view, authority, now);
  if (problem.detail == validators::CauseDetail::kUnfitPackages) {
    return view.validator->words().unfit_packages;
  }
  if (!problem.key_of.empty()) {
    return base::printable(problem.key_of, 128) + " has the same issuer and signs with " +
           key_text(problem) + ", which is not in the key set of " + authority;
  }
  if (rule == "refusal-pinned-key") {
    if (problem.certainty == model::Certainty::kPossible) {
      return authority + " publishes " + key_text(problem) +
             ", which is not among the keys pinned in the deployed file";
    }
    return "none of the keys that " + authority + " publishes is pinned in the deployed file";
  }
  if (rule == "refusal-clock") {
    return "the clock of " + authority + " is " +
           (problem.authority_ahead ? "ahead of" : "behind") + " this host's by " +
           problem.brought + ", the service tolerates " + problem.accepts +
           (problem.authority_ahead ? ", so it rejects new tokens as not yet valid"
                                    : ", so it rejects tokens as expired before they are");
  }
  if (rule == "refusal-lifetime" && problem.accepts.empty()) {
    return "a real token is valid only from " + problem.brought + " after its issue";
  }
  if (rule == "refusal-lifetime") {
    return "a real token lives " + problem.brought + ", and callers use one for " + problem.accepts;
  }
  if (is_certificate_out_of_date(problem)) {
    return "the certificate (x5c) that " + authority +
           " publishes with its key has expired or is not yet valid, and the service checks it";
  }
  if (is_audience_unread(problem, view)) {
    const validators::Vocabulary& words = view.validator->words();
    return "the framework reads " + words.read_audiences + ", not " + words.unread_audience +
           ", so no audience is configured and it rejects every token";
  }
  if (rule == "refusal-issuer") return issuer(problem, authority, view.restarted_only);
  if (rule == "refusal-audience") return audience(problem, view);
  if (rule == "refusal-algorithm") return algorithm(problem, authority);
  if (rule == "refusal-https") return https(problem, view);
  if (!problem.answer.empty()) return fetch_cause(problem, view, now);
  return problem.because.empty() ? "its library rejects what the authority serves"
                                 : base::printable(problem.because);
}

}  // namespace idpwatch::forecast
