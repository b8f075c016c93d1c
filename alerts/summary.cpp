#include "alerts/summary.hpp"

#include "alerts/alert_book.hpp"
#include "alerts/flapping.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace idpwatch::alerts {

using base::Instant;

namespace {

constexpr std::size_t kNamesInSummary = 3;
constexpr std::size_t kSentence = 600;
constexpr std::size_t kErrorText = 300;

void append_sentence(std::string& out, std::string_view sentence) {
  if (sentence.empty()) return;
  if (!out.empty()) out += ' ';
  out += sentence;
  if (!sentence.ends_with('.') && !sentence.ends_with('!')) out += '.';
}

std::string when(Instant now, Instant at) {
  return base::format_rfc3339(std::chrono::floor<base::seconds>(at)) + " (" + relative(now, at) +
         ")";
}

// The window, as far as the finding's own sentence does not tell it already.
std::string window_sentence(Instant now, const model::Finding& finding) {
  if (!finding.window || !finding.window->earliest) return {};
  const auto notified = [&](const std::string& instant) {
    return finding.summary.find(instant.substr(0, instant.find(' '))) != std::string::npos;
  };
  const Instant earliest = *finding.window->earliest;
  std::string out;
  if (const std::string from = when(now, earliest); !notified(from)) {
    out = (earliest > now ? "From " : "Since ") + from;
  }
  if (finding.window->until) {
    if (const std::string until = when(now, *finding.window->until); !notified(until)) {
      out += (out.empty() ? "Until " : " until ") + until;
    }
  }
  return out;
}

// "until 2026-11-25T12:00:00Z (in 12 h)": what was ahead when the finding was last judged is not
// when it is over.
std::string without_relative_times(std::string text) {
  for (std::size_t open = text.find(" ("); open != std::string::npos;
       open = text.find(" (", open)) {
    const std::size_t close = text.find(')', open);
    if (close == std::string::npos) break;
    const std::string_view inner = std::string_view(text).substr(open + 2, close - open - 2);
    if (inner.starts_with("in ") || inner.ends_with(" ago") || inner == "now") {
      text.erase(open, close - open + 1);
    } else {
      open = close;
    }
  }
  return text;
}

std::string error_sentence(const model::Finding& finding) {
  if (finding.error_id.empty() && finding.error_message.empty()) return {};
  std::string text = finding.error_id;
  // Many libraries begin the message with the id.
  if (finding.error_message.starts_with(finding.error_id)) text.clear();
  if (!text.empty() && !finding.error_message.empty()) text += ": ";
  text += finding.error_message;
  return "The log will say: " + base::printable(text, kErrorText);
}

std::string name_of(const model::Finding& finding) {
  const model::Subject& subject = finding.subject;
  for (const std::string* name :
       {&subject.deployment, &subject.receiver, &subject.authority, &subject.host}) {
    if (!name->empty()) return base::printable(*name, 128);
  }
  return "this host";
}

// "orders-api#Bearer, billing, shop and 37 more": each once, though several findings be about it.
std::string names_of(const std::vector<const NoticeEntry*>& entries) {
  std::vector<std::string> names;
  for (const NoticeEntry* entry : entries) {
    std::string name = name_of(entry->finding);
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  const std::size_t shown = std::min(names.size(), kNamesInSummary);
  const std::size_t more = names.size() - shown;
  names.resize(shown);
  std::string out = base::join(names, ", ");
  return more == 0 ? out : out + " and " + std::to_string(more) + " more";
}

std::string detail(Instant now, const model::Finding& finding) {
  std::string out;
  append_sentence(out, base::printable(finding.summary, kSentence));
  append_sentence(out, window_sentence(now, finding));
  append_sentence(out, error_sentence(finding));
  append_sentence(out, flapping_sentence(finding));
  append_sentence(out, base::printable(finding.remedy, kSentence));
  return out;
}

std::vector<const NoticeEntry*> of_state(const Notice& notice, EntryState state) {
  std::vector<const NoticeEntry*> out;
  for (const NoticeEntry& entry : notice.entries) {
    if (entry.state == state) out.push_back(&entry);
  }
  return out;
}

// "2 resolved (orders-api, billing)", one clause for each state that occurs.
std::string counts(const Notice& notice) {
  std::string out;
  for (const EntryState state :
       {EntryState::kOpened, EntryState::kUpdated, EntryState::kResolved, EntryState::kFiring}) {
    const auto entries = of_state(notice, state);
    if (entries.empty()) continue;
    if (!out.empty()) out += "; ";
    const std::string_view word = state == EntryState::kFiring ? "still firing" : to_text(state);
    out +=
        std::to_string(entries.size()) + " " + std::string(word) + " (" + names_of(entries) + ")";
  }
  return out;
}

// Why it is over, where that is not that all is good again; only if it is true of all of them.
std::string closing_reason(const Notice& notice) {
  std::optional<std::string> common;
  for (const NoticeEntry* entry : of_state(notice, EntryState::kResolved)) {
    const auto& evidence = entry->finding.evidence;
    const auto closed = std::ranges::find(evidence, kClosedFact, &model::Evidence::fact);
    std::string reason = closed == evidence.end() ? std::string() : closed->value;
    if (entry->finding.ignored) reason = "it is ignored by the configuration now";
    if (common && *common != reason) return {};
    common = std::move(reason);
  }
  if (!common || common->empty()) return {};
  return " (closed" + std::string(common->starts_with("by ") ? " " : ": ") +
         base::printable(*common, kErrorText) + ")";
}

}  // namespace

const NoticeEntry& leading(const Notice& notice) {
  return *std::min_element(
      notice.entries.begin(), notice.entries.end(), [](const NoticeEntry& a, const NoticeEntry& b) {
        const auto key = [](const NoticeEntry& e) {
          const auto& window = e.finding.window;
          const auto earliest = window ? window->earliest : std::nullopt;
          return std::tuple(e.state == EntryState::kResolved, -static_cast<int>(e.finding.severity),
                            e.finding.subject.deployment.empty(),
                            earliest.value_or(base::Instant::min()));
        };
        return key(a) < key(b);
      });
}

std::string relative(Instant now, Instant at) {
  const base::Duration away = at > now ? at - now : now - at;
  if (away < base::seconds(1)) return "now";
  // Whole seconds: nobody reads more.
  const std::string text = base::describe_duration(std::chrono::floor<base::seconds>(away));
  return at > now ? "in " + text : text + " ago";
}

std::string summary_of(Instant now, const Notice& notice) {
  if (notice.entries.empty()) return {};
  const NoticeEntry& first = leading(notice);
  const bool alone = notice.entries.size() == 1;
  std::string out;
  if (first.state == EntryState::kResolved) {
    out = "Resolved after " +
          base::describe_duration(std::chrono::floor<base::seconds>(first.duration)) +
          closing_reason(notice);
    out += alone ? ". It was: " +
                       base::printable(without_relative_times(first.finding.summary), kSentence)
                 : ": " + std::to_string(notice.entries.size()) + " findings of " +
                       std::string(leading(notice).finding.rule) + " (" +
                       names_of(of_state(notice, EntryState::kResolved)) + ")";
    return out;
  }
  if (notice.reminder) out = "Reminder, still ";
  out += std::string(model::to_text(first.finding.severity)) + ": ";
  if (!alone) {
    if (!notice.group.server.empty()) out += notice.group.server + ": ";
    out += counts(notice) + ". Worst: ";
  }
  out += detail(now, first.finding);
  return out;
}

std::string summary_of(const model::Event& event) {
  const std::string& about = event.authority.empty() ? event.deployment : event.authority;
  std::string out = std::string(model::to_text(event.type));
  if (!about.empty()) out += " at " + base::printable(about, 128);
  if (event.about_key) {
    out += event.kid ? ": kid " + base::printable(*event.kid, 128) : ": a key without kid";
  }
  if (!event.fields.empty()) {
    out += ": " + base::printable(base::join(event.fields, ", "), kErrorText);
  }
  if (event.initial) out += " (first probe)";
  return out;
}

}  // namespace idpwatch::alerts
