#include "forecast/wording/headline.hpp"

#include "base/text.hpp"
#include "forecast/wording/refusal_remedies.hpp"

namespace idpwatch::forecast {

namespace {

constexpr std::size_t kOtherKeysMax = 3;

// "does not start", "will not start", "answers 401 (CODE)", "may answer 401 (CODE)".
std::string verb(const Problem& problem, bool ahead) {
  const bool chance = problem.certainty == model::Certainty::kPossible;
  const std::string helper = chance ? "may " : ahead ? "will " : "";
  if (problem.status == 0) {
    const std::string what = problem.rule == "refusal-start" ? "not start" : "not answer";
    return (helper.empty() ? "does " : helper) + what;
  }
  std::string text = helper + (helper.empty() ? "answers " : "answer ");
  text += std::to_string(problem.status);
  return problem.error.empty() ? text : text + " (" + problem.error + ")";
}

// How long one instance refuses, where the window of all of them is longer.
std::string per_instance(const Problem& problem) {
  const model::Window& window = problem.window;
  if (concerned_tokens(problem).empty() || !window.longest_s) return {};
  return ", for at most " + base::describe_duration(base::seconds(*window.longest_s)) +
         " per instance";
}

std::string when_text(const Problem& problem, base::Instant now) {
  const model::Window& window = problem.window;
  std::string text;
  if (window.earliest && *window.earliest > now) {
    text += " from " + instant_for_people(*window.earliest, now);
  }
  if (window.until) text += " until " + instant_for_people(*window.until, now);
  return text;
}

}  // namespace

bool is_about_signer(const Problem& problem) {
  return problem.rule == "refusal-rotation" || problem.rule == "refusal-withdrawn-key";
}

std::string concerned_tokens(const Problem& problem) {
  if (is_about_signer(problem)) return "tokens signed with " + key_text(problem);
  if (problem.issuer_move == Problem::IssuerMove::kNone) return {};
  return "tokens with the issuer '" + base::printable(problem.brought, 256) + "'";
}

std::string key_text(const Problem& problem) {
  if (problem.kid.empty()) return "a key without kid";
  const auto quoted = [](const std::string& kid) { return "'" + base::printable(kid, 64) + "'"; };
  std::string text = "key " + quoted(problem.kid);
  const std::size_t shown = std::min(problem.also.size(), kOtherKeysMax);
  const bool all = shown == problem.also.size();
  for (std::size_t i = 0; i < shown; ++i) {
    text += (all && i + 1 == shown ? " or " : ", ") + quoted(problem.also[i]);
  }
  return all ? text : text + " or one of " + std::to_string(problem.also.size() - shown) + " more";
}

std::string headline(const Problem& problem, const DeploymentView& view, base::Instant now) {
  const std::string name = base::printable(view.name, 128) + " ";
  const std::string concerned = problem.foreseen ? std::string() : concerned_tokens(problem);
  const std::string tokens = concerned.empty() ? "" : " to " + concerned;
  if (problem.condition == model::Condition::kRestarted) {
    const bool starts = problem.status != 0;
    const std::string_view when = !view.restarted_only ? " if it is restarted now"
                                  : starts             ? " when it starts"
                                                       : "";
    return name + verb(problem, false) + tokens + std::string(when);
  }
  const bool ahead = problem.window.earliest && *problem.window.earliest > now;
  if (problem.foreseen) {
    return name + verb(problem, ahead) + " at the next rotation" + per_instance(problem);
  }
  return name + verb(problem, ahead) + tokens + when_text(problem, now) + per_instance(problem);
}

}  // namespace idpwatch::forecast
