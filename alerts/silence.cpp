#include "alerts/silence.hpp"

#include "alerts/routing.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace idpwatch::alerts {

using base::Instant;
using nlohmann::json;

namespace {

constexpr base::Duration kLongest = std::chrono::days(366);
constexpr base::Duration kShownAfter = std::chrono::days(7);  // it is over
constexpr std::size_t kMatchers = 20, kText = 200;

base::Error wrong(std::string message, std::string hint = {}) {
  return base::make_error(base::ErrorKind::kInput, std::move(message), std::move(hint));
}

// Which list of a match a matcher of that name goes into; null: no such name.
std::vector<std::string>* list_of(RouteMatch& match, std::string_view name) {
  if (name == "rule") return &match.rule;
  if (name == "authority") return &match.authority;
  if (name == "deployment") return &match.deployment;
  return nullptr;
}

base::Status add_matcher(RouteMatch& match, const std::string& text) {
  const std::size_t cut = text.find('=');
  const std::string name = text.substr(0, cut);
  const std::string value = cut == std::string::npos ? "" : text.substr(cut + 1);
  const std::string shown = base::printable(text, 80);
  if (value.empty() || value.size() > kText) {
    return base::fail(wrong("\"" + shown + "\" is no matcher", "for example authority=entra"));
  }
  if (name == "severity") {
    const auto severity = model::severity(value);
    if (!severity) {
      return base::fail(wrong("\"" + shown + "\": no such severity",
                              "severities: info, warning, error, critical"));
    }
    match.severity.push_back(*severity);
    return base::Ok{};
  }
  std::vector<std::string>* list = list_of(match, name);
  if (list == nullptr) {
    return base::fail(wrong("\"" + shown + "\": findings are not matched by that",
                            "by rule, authority, deployment or severity"));
  }
  list->push_back(value);
  return base::Ok{};
}

std::vector<std::string> matchers_of(const RouteMatch& match) {
  std::vector<std::string> out;
  for (const auto& [name, list] :
       {std::pair("rule", &match.rule), std::pair("authority", &match.authority),
        std::pair("deployment", &match.deployment)}) {
    for (const std::string& value : *list) out.push_back(std::string(name) + "=" + value);
  }
  for (const model::Severity severity : match.severity) {
    out.push_back("severity=" + std::string(model::to_text(severity)));
  }
  return out;
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

base::Status read_match(const json& object, RouteMatch& match) {
  const json matchers = object.value("matchers", json());
  if (!matchers.is_array() || matchers.empty() || matchers.size() > kMatchers) {
    return base::fail(wrong("a silence needs matchers, from one to " + std::to_string(kMatchers),
                            "for example \"matchers\": [\"authority=entra\"]"));
  }
  match.kind = RouteKind::kFinding;
  for (const json& each : matchers) {
    const base::Status added =
        add_matcher(match, each.is_string() ? each.get<std::string>() : each.dump());
    if (!added) return added;
  }
  return base::Ok{};
}

base::Result<Instant> read_until(const json& object, Instant from) {
  if (const std::string lasting = text_of(object, "for"); !lasting.empty()) {
    const auto duration = base::parse_duration(lasting);
    if (!duration) return base::fail(wrong("for: " + duration.error().message));
    return from + std::min<base::Duration>(*duration, kLongest + std::chrono::days(1));
  }
  const auto until = base::parse_rfc3339(text_of(object, "until"));
  if (until) return *until;
  return base::fail(
      wrong("a silence needs an end", "\"until\": \"2026-03-01T06:00:00Z\", or \"for\": \"2h\""));
}

// Of a note of ours, or of what was checked.
std::optional<Silence> from_json(const json& object) {
  Silence silence;
  silence.id = text_of(object, "id");
  const auto from = base::parse_rfc3339(text_of(object, "from"));
  const auto until = base::parse_rfc3339(text_of(object, "until"));
  if (silence.id.empty() || !from || !until || !read_match(object, silence.match)) {
    return std::nullopt;
  }
  silence.from = *from;
  silence.until = *until;
  silence.author = text_of(object, "author");
  silence.comment = text_of(object, "comment");
  return silence;
}

bool matches(const RouteMatch& match, const model::Finding& finding) {
  const auto any = [](const std::vector<std::string>& patterns, const std::string& name,
                      bool (*fits)(std::string_view, std::string_view)) {
    return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
             return fits(pattern, name);
           });
  };
  const bool severe =
      match.severity.empty() || std::ranges::count(match.severity, finding.severity) > 0;
  return severe && any(match.rule, finding.rule, name_matches) &&
         any(match.authority, finding.subject.authority, name_matches) &&
         any(match.deployment, finding.subject.deployment, deployment_matches);
}

}  // namespace

const Silence* silenced(const model::Finding& finding, std::span<const Silence> silences,
                        Instant now) {
  for (const Silence& silence : silences) {
    if (silence.active(now) && matches(silence.match, finding)) return &silence;
  }
  return nullptr;
}

std::optional<Instant> next_bound(std::span<const Silence> silences, Instant now) {
  std::optional<Instant> next;
  for (const Silence& silence : silences) {
    for (const Instant bound : {silence.from, silence.until}) {
      if (bound > now && (!next || bound < *next)) next = bound;
    }
  }
  return next;
}

json to_json(const Silence& silence) {
  return {{"id", silence.id},
          {"matchers", matchers_of(silence.match)},
          {"from", base::format_rfc3339(silence.from)},
          {"until", base::format_rfc3339(silence.until)},
          {"author", silence.author},
          {"comment", silence.comment}};
}

base::Result<Silence> parse_silence(std::string_view body, Instant now) {
  const auto document = base::parse_json(body, {.bytes = std::size_t{64} * 1024, .depth = 4});
  if (!document) return base::fail(wrong("the silence is not JSON: " + document.error().message));
  const json& object = *document->value;
  if (!object.is_object()) return base::fail(wrong("the silence is not a JSON object"));
  Silence silence;
  if (const base::Status read = read_match(object, silence.match); !read) {
    return base::fail(read.error());
  }
  silence.from = base::parse_rfc3339(text_of(object, "from")).value_or(now);
  const auto until = read_until(object, silence.from);
  if (!until) return base::fail(until.error());
  silence.until = *until;
  if (silence.until <= std::max(now, silence.from)) {
    return base::fail(wrong("it ends before it begins", "give a later `until`"));
  }
  if (silence.until - silence.from > kLongest) {
    return base::fail(
        wrong("a silence lasts a year at most",
              "what is accepted for good belongs into `ignore` of the configuration"));
  }
  silence.author = base::printable(text_of(object, "author"), kText);
  silence.comment = base::printable(text_of(object, "comment"), kText);
  if (silence.author.empty() || silence.comment.empty()) {
    return base::fail(wrong("a silence needs an author and a comment",
                            "say who silences, and why: somebody will ask"));
  }
  return silence;
}

model::AuditNote silence_note(Instant now, const Silence& silence) {
  return {now, "silence", base::canonical_json(to_json(silence))};
}

std::vector<Silence> silences_of(std::span<const std::string> notes, Instant now) {
  std::vector<Silence> out;
  for (const std::string& note : notes) {
    const auto document = base::parse_json(note);
    if (!document || !document->value->is_object()) continue;
    auto silence = from_json(*document->value);
    if (!silence) continue;
    const auto known = std::ranges::find(out, silence->id, &Silence::id);
    if (known != out.end()) {
      *known = *std::move(silence);
    } else {
      out.push_back(*std::move(silence));
    }
  }
  forget_old(out, now);
  return out;
}

void forget_old(std::vector<Silence>& silences, Instant now) {
  std::erase_if(silences, [now](const Silence& each) { return each.until + kShownAfter < now; });
}

}  // namespace idpwatch::alerts
