#include "alerts/receivers/message_words.hpp"

#include "alerts/flapping.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <string_view>

namespace idpwatch::alerts {

namespace {

constexpr std::size_t kEvidence = 5;
// What a lock screen and a list of letters show of a title: in it stands whom it hits and from
// when. The whole name stands in the sentence below.
constexpr std::size_t kGlance = 60;

// "2026-03-01 00:42 UTC": read at a glance.
std::string clock_text(base::Instant at) {
  std::string text = base::format_rfc3339(std::chrono::floor<base::seconds>(at));
  return text.substr(0, 10) + " " + text.substr(11, 5) + " UTC";
}

// "00:42 UTC" on the day of the message, else "2 Mar 00:42 UTC": all that a title has room for.
std::string short_clock_text(base::Instant at, base::Instant written) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::string time = clock_text(at).substr(11);
  if (day == std::chrono::floor<std::chrono::days>(written)) return time;
  const std::chrono::year_month_day date(day);
  std::string out = std::to_string(static_cast<unsigned>(date.day())) + " " +
                    std::string(kMonths.at(static_cast<unsigned>(date.month()) - 1));
  constexpr base::Duration kYearIsPlain = std::chrono::days(300);
  if (at - written > kYearIsPlain || written - at > kYearIsPlain) {
    out += " " + std::to_string(static_cast<int>(date.year()));
  }
  return out + " " + time;
}

std::string lasting(std::int64_t seconds) {
  return base::describe_duration(base::seconds(seconds));
}

std::string name_of(const model::Finding& finding) {
  const model::Subject& subject = finding.subject;
  for (const std::string* name :
       {&subject.deployment, &subject.receiver, &subject.authority, &subject.host}) {
    if (!name->empty()) return *name;
  }
  return "this host";
}

std::string severity_word(const Message& message, const ToldFinding& first) {
  if (message.resolved()) return "RESOLVED";
  std::string word(model::to_text(first.finding.severity));
  std::transform(word.begin(), word.end(), word.begin(), [](char c) {
    return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  });
  return message.reminder ? "STILL " + word : word;
}

// What stands in the title behind the name: "answers 401 from 00:42 UTC".
std::string fate(const Message& message, const ToldFinding& first) {
  const model::Finding& finding = first.finding;
  if (message.resolved()) return finding.rule + ", after " + lasting(first.duration_s);
  if (!finding.status || !finding.window || !finding.window->earliest) {
    return finding.rule + (is_flapping(finding) ? " (flapping)" : "");
  }
  const bool may = finding.certainty == model::Certainty::kPossible;
  const std::string code = std::to_string(*finding.status);
  std::string out = *finding.status == 0 ? (may ? "may not answer" : "does not answer")
                                         : (may ? "may answer " : "answers ") + code;
  if (finding.condition == model::Condition::kRestarted) out += " once restarted";
  const base::Instant earliest = *finding.window->earliest;
  out += earliest > message.at ? " from " : " since ";
  return out + short_clock_text(earliest, message.at);
}

// Names that differ at their ends stay apart. No shorter than can be told apart.
std::string shortened(const std::string& name, std::size_t bytes) {
  constexpr std::size_t kLeast = 20, kEnd = 6;
  constexpr std::string_view kDots = "...";
  const std::size_t room = std::max(bytes, kLeast);
  if (name.size() <= room) return name;
  const auto within_character = [&name](std::size_t at) {
    return at < name.size() && (static_cast<unsigned char>(name[at]) & 0xC0U) == 0x80U;
  };
  std::size_t head = room - kEnd - kDots.size(), tail = name.size() - kEnd;
  while (within_character(head)) --head;
  while (within_character(tail)) ++tail;
  return name.substr(0, head).append(kDots) + name.substr(tail);
}

std::string title_of(const Message& message, const ToldFinding& first) {
  const std::size_t others = message.findings.size() + message.more - 1;
  const std::string before = severity_word(message, first) + ": ";
  const std::string after = ": " + fate(message, first);
  const std::size_t rest = before.size() + after.size();
  std::string out =
      before + shortened(name_of(first.finding), rest < kGlance ? kGlance - rest : 0) + after;
  if (others > 0) out += ", and " + std::to_string(others) + " more";
  return out;
}

std::string when_of(const Message& message, const model::Finding& finding) {
  if (!finding.window || !finding.window->earliest) return {};
  const model::Window& window = *finding.window;
  const base::Instant earliest = *window.earliest;
  std::string out = (earliest > message.at ? "from " : "since ") + clock_text(earliest);
  if (earliest > message.at) {
    const auto away = std::chrono::floor<base::seconds>(earliest - message.at);
    out += " (" + base::describe_duration(away) + " after this was written)";
  }
  if (window.until) out += " until " + clock_text(*window.until);
  if (window.longest_s) out += "; at most " + lasting(*window.longest_s) + " per instance";
  if (finding.certainty) out += "; " + std::string(model::to_text(*finding.certainty));
  return out;
}

// Many libraries begin the message with the id.
std::string log_line_of(const model::Finding& finding) {
  if (finding.error_id.empty() || finding.error_message.starts_with(finding.error_id)) {
    return finding.error_message;
  }
  if (finding.error_message.empty()) return finding.error_id;
  return finding.error_id + ": " + finding.error_message;
}

std::string source_of(const model::Finding& finding) {
  if (!finding.source || finding.source->file.empty()) return {};
  std::string out = finding.source->file;
  if (finding.source->line > 0) out += ":" + std::to_string(finding.source->line);
  if (!finding.source->key.empty()) out += ", " + finding.source->key;
  return out;
}

void add(Words& words, const char* label, std::string text) {
  if (!text.empty()) words.facts.push_back({label, std::move(text)});
}

void add_facts(Words& words, const Message& message, const ToldFinding& first) {
  const model::Finding& finding = first.finding;
  if (!message.resolved()) {
    add(words, "When", when_of(message, finding));
    add(words, "Search the log for", log_line_of(finding));
    add(words, "Do first", finding.remedy);
  }
  add(words, "Note", flapping_sentence(finding));
  add(words, "Set in", source_of(finding));
  std::size_t shown = 0;
  for (const model::Evidence& evidence : finding.evidence) {
    if (evidence.fact == kFlappingFact) continue;  // said above
    if (++shown > kEvidence) break;
    std::string text = evidence.fact + ": " + evidence.value;
    if (!evidence.source.empty()) text += " (" + evidence.source + ")";
    add(words, "Evidence", std::move(text));
  }
}

void add_others(Words& words, const Message& message, const ToldFinding& first) {
  for (const ToldFinding& told : message.findings) {
    if (&told == &first) continue;
    const model::Finding& finding = told.finding;
    std::string line = name_of(finding) + ": ";
    if (told.resolved()) {
      line += "resolved";
    } else {
      line += std::string(model::to_text(finding.severity));
      if (finding.window && finding.window->earliest) {
        line += " from " + clock_text(*finding.window->earliest);
      }
    }
    if (finding.rule != first.finding.rule) line += ", " + finding.rule;
    words.others.push_back(std::move(line));
  }
  words.more = message.more;
}

Tone tone_of(const Message& message, const ToldFinding& first) {
  if (message.resolved()) return Tone::kResolved;
  switch (first.finding.severity) {
    case model::Severity::kInfo:
      return Tone::kInfo;
    case model::Severity::kWarning:
      return Tone::kWarning;
    case model::Severity::kError:
      return Tone::kError;
    case model::Severity::kCritical:
      return Tone::kCritical;
  }
  return Tone::kInfo;
}

std::string laid_out(const Words& words, bool with_title) {
  std::string out;
  if (with_title) out += words.title + "\n\n";
  out += words.what + "\n";
  for (const Fact& fact : words.facts) out += "\n" + fact.label + ": " + fact.text;
  if (!words.facts.empty()) out += "\n";
  if (!words.others.empty() || words.more > 0) out += "\nAlso:";
  for (const std::string& line : words.others) out += "\n- " + line;
  if (const std::string more = more_of(words); !more.empty()) out += "\n- " + more;
  if (!words.others.empty() || words.more > 0) out += "\n";
  if (!words.runbook.empty()) out += "\nRunbook: " + words.runbook;
  return out + "\n" + words.footer;
}

}  // namespace

Words words_of(const Message& message) {
  Words words;
  words.runbook = message.runbook;
  words.footer = "idpwatch on " + message.instance;
  if (!message.alert()) {
    words.title = message.type == "event"
                      ? "idpwatch: " + message.summary
                      : "idpwatch " + message.type + " from " + message.instance;
    words.what = message.summary;
    return words;
  }
  const ToldFinding& first = message.leading();
  words.tone = tone_of(message, first);
  words.title = title_of(message, first);
  words.what = message.resolved() ? message.summary : first.finding.summary;
  words.footer += ", finding " + first.finding.id;
  add_facts(words, message, first);
  add_others(words, message, first);
  return words;
}

std::string more_of(const Words& words) {
  return words.more == 0 ? std::string() : "and " + std::to_string(words.more) + " more";
}

bool shorten(Words& words) {
  if (!words.others.empty()) {
    words.others.pop_back();
    words.more += 1;
    return true;
  }
  if (words.facts.empty()) return false;
  words.facts.pop_back();
  return true;
}

std::string plain_text(Words words, std::size_t bytes, bool with_title) {
  std::string out = laid_out(words, with_title);
  while (out.size() > bytes && shorten(words)) out = laid_out(words, with_title);
  return cut_bytes(std::move(out), bytes);
}

}  // namespace idpwatch::alerts
