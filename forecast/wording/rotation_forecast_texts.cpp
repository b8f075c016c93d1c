#include "forecast/wording/rotation_forecast_texts.hpp"

#include "base/text.hpp"
#include "forecast/wording/refusal_remedies.hpp"

namespace idpwatch::forecast {

namespace {

using base::Instant;

std::string overlap_text(base::Duration overlap) {
  return overlap <= base::Duration(0) ? std::string("without overlap")
                                      : "with an overlap of " + base::describe_duration(overlap);
}

std::string when_text(const NextRotation& next, Instant now) {
  const std::string until = instant_for_people(next.latest, now);
  if (next.overdue) return "overdue, and expected until " + until;
  if (next.earliest <= now) return "expected at any time until " + until;
  return "expected between " + instant_for_people(next.earliest, now) + " and " + until;
}

std::string name_of(const checks::RotatedKey& key) {
  return key.kid ? "'" + base::printable(*key.kid, 64) + "'" : "without kid";
}

std::string rotation_text(const checks::Rotation& past) {
  const auto at = [](Instant when) {
    return base::format_rfc3339(std::chrono::floor<base::seconds>(when));
  };
  return "key " + name_of(past.new_key) + " published at " + at(past.published_at) + ", key " +
         name_of(past.old_key) + " gone at " + at(past.withdrawn_at) + " (" +
         overlap_text(past.overlap) + ")";
}

}  // namespace

std::string foreseen_cause(const Problem& problem, const std::string& authority, Instant now) {
  const NextRotation& next = *problem.foreseen;
  std::string text = authority + " replaces its signing key every " +
                     base::describe_duration(next.cadence) + ", " + overlap_text(next.overlap) +
                     "; the next rotation is " + when_text(next, now) + ", and ";
  if (problem.rule == "refusal-withdrawn-key") {
    return text + "tokens signed with the former key will still be valid then";
  }
  if (problem.rule == "refusal-pinned-key") {
    return text + "the keys pinned in the deployed file are not the next one";
  }
  return text + "running instances will not have the new key in their cache";
}

std::vector<model::Evidence> foreseen_evidence(const NextRotation& next, Instant now) {
  std::vector<model::Evidence> rows;
  rows.push_back({"learned cadence",
                  "a new signing key every " + base::describe_duration(next.cadence) +
                      ", regularly, " + overlap_text(next.overlap) + " with the former one",
                  "history of the key set"});
  rows.push_back({"next rotation", when_text(next, now), "learned, not announced"});
  for (const checks::Rotation& past : next.past) {
    rows.push_back({"past rotation", rotation_text(past), "history of the key set"});
  }
  return rows;
}

std::string foreseen_remedy(const Problem& problem, const DeploymentView& view, Instant now) {
  const NextRotation& next = *problem.foreseen;
  const std::string before =
      next.earliest > now ? "Before " + instant_for_people(next.earliest, now) : "Now";
  if (problem.rule == "refusal-pinned-key") {
    const std::string place = place_of(problem.origin);
    return before + ", name the " + view.validator->words().authority +
           " in place of the pinned keys" + (place.empty() ? "" : " at " + place) +
           ", so that the next key is fetched.";
  }
  std::string text =
      before + ", ask the provider to publish its next key at least " +
      base::describe_duration(view.validator->cache().lead_needed()) +
      " before it signs, and to keep the former one until its last token has expired (" +
      base::describe_duration(view.tokens.lifetime) + ").";
  if (problem.rule == "refusal-rotation") {
    text +=
        " Otherwise restart the service right after the rotation: it fetches the current keys at "
        "start.";
    const auto& refresh = view.settings.refresh_on_unknown_kid;
    if (refresh.has_value() && !refresh.value()) {
      const std::string place = place_of(refresh.origin());
      text += " Set " + view.validator->words().refresh_on_unknown_kid + " to true" +
              (place.empty() ? "" : " at " + place) +
              ": the service then fetches new keys by itself.";
    }
  }
  return text;
}

}  // namespace idpwatch::forecast
