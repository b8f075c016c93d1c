#include "forecast/wording/rotation_advice.hpp"

#include "base/text.hpp"
#include "forecast/wording/headline.hpp"
#include "forecast/wording/refusal_remedies.hpp"

namespace idpwatch::forecast {

namespace {

std::string authority_of(const DeploymentView& view) {
  return view.authority == nullptr ? "the authority" : base::printable(view.authority->name, 128);
}

std::string without_refresh(const DeploymentView& view) {
  const std::string place = place_of(view.settings.refresh_on_unknown_kid.origin());
  return "Set " + view.validator->words().refresh_on_unknown_kid + " to true" +
         (place.empty() ? "" : " at " + place) + ": the service then fetches new keys by itself.";
}

// A provider that exchanges keys more often than caches are refreshed will do so again.
std::string prevention(const DeploymentView& view) {
  const base::Duration cached = view.validator->cache().lead_needed();
  const std::string ahead = "have " + authority_of(view) + " publish each key at least " +
                            base::describe_duration(cached) + " before it signs.";
  const auto& learned = view.authority == nullptr ? std::nullopt : view.authority->learned;
  if (learned && learned->regular && learned->cadence < cached) {
    return "It publishes a new key every " + base::describe_duration(learned->cadence) + ": set " +
           view.validator->words().automatic_refresh + " below that, or " + ahead;
  }
  return "To prevent this, " + ahead;
}

// What a running instance does about it, nobody helping.
std::string by_itself(const Problem& problem) {
  const auto& longest = problem.window.longest_s;
  if (problem.document_gone || !longest) return {};
  return "each instance fetches the key by itself, at most " +
         base::describe_duration(base::seconds(*longest)) +
         " after it refuses the first such token";
}

std::string log_line(const Problem& problem) {
  return problem.error.empty() ? std::string("refuses tokens")
                               : "logs " + problem.error + " for " + key_text(problem);
}

}  // namespace

std::string restart_warning(const Problem& problem, base::Instant now) {
  if (!problem.restart) return {};
  const RestartAnswer& restart = *problem.restart;
  std::string meets = "a restarted instance " + restart.answer;
  if (!restart.tokens.empty()) meets += " to " + restart.tokens;
  if (restart.until) {
    return "Do not restart it before " + instant_for_people(*restart.until, now) + ": until then " +
           meets + ".";
  }
  if (!restart.url.empty()) {
    return "Do not restart it until " + base::printable(restart.url) + " works: " + meets + ".";
  }
  return "Do not restart it: " + meets + ".";
}

std::string rotation_advice(const Problem& problem, const DeploymentView& view, base::Instant now) {
  const std::string name = base::printable(view.name, 128);
  if (problem.condition == model::Condition::kRestarted) {
    return "Do not restart " + name + ": running instances accept what a restarted one refuses.";
  }
  if (problem.disagreed) {
    return "Have all nodes of " + authority_of(view) +
           " share one key store. Until they do, any instance may cache a key set without the key, "
           "and a restart does not help.";
  }
  const bool stuck = is_for_want_of_refresh(problem, view);
  const bool chance = problem.certainty == model::Certainty::kPossible;
  const std::string warning = restart_warning(problem, now);
  const std::string itself = stuck ? std::string() : by_itself(problem);
  std::string text;
  if (problem.document_gone) {
    text = "Running instances cannot fetch the key while the documents of " + authority_of(view) +
           " cannot be fetched. " + warning;
  } else if (!itself.empty() && (chance || !warning.empty())) {
    text = (chance ? "No action needed: " : "Wait: ") + itself + ". " + warning;
  } else if (!warning.empty()) {
    text =
        warning +
        (problem.restart->until ? " Restart it then: it fetches the current keys at start." : "");
  } else if (chance) {
    text = "If " + name + " " + log_line(problem) +
           ", restart it: it fetches the current keys at start.";
  } else {
    text = "Restart " + name + " now: it fetches the current keys at start.";
    if (!itself.empty()) text += " Otherwise " + itself + ".";
  }
  while (text.ends_with(' ')) text.pop_back();
  return text + " " + (stuck ? without_refresh(view) : prevention(view));
}

std::string withdrawal_advice(const Problem& problem, const DeploymentView& view,
                              base::Instant now) {
  // Where a restarted instance refuses everything, a new token is of no use either.
  const bool serves_new = !problem.restart || !problem.restart->tokens.empty();
  const std::string again =
      "ave " + authority_of(view) + " publish the key again until its last token has expired";
  std::string text =
      serves_new ? "Have callers that are refused fetch a new token, or h" + again : "H" + again;
  if (problem.window.until) text += ", at " + instant_for_people(*problem.window.until, now);
  text += ".";
  const std::string warning = restart_warning(problem, now);
  return warning.empty() ? text : text + " " + warning;
}

}  // namespace idpwatch::forecast
