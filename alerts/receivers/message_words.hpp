// What a message says to somebody who is woken by it, in the order in which it is read: what
// happens to whom and when, what to search the log for, what to do first, why we think so, where to
// read on. Each receiver only lays it out. Pure.
#pragma once

#include "alerts/receivers/message.hpp"

#include <string>
#include <vector>

namespace idpwatch::alerts {

enum class Tone { kResolved, kInfo, kWarning, kError, kCritical };

struct Fact {
  std::string label, text;
};

struct Words {
  Tone tone = Tone::kInfo;
  std::string title;                // one line, what a lock screen shows
  std::string what;                 // one sentence
  std::vector<Fact> facts;          // "When", "Search the log for", "Do first", ...
  std::vector<std::string> others;  // a line for each further finding
  std::size_t more = 0;             // further ones that are not listed
  std::string runbook;              // a URL; empty: none
  std::string footer;               // who says so
};

[[nodiscard]] Words words_of(const Message& message);
// All of it, a line each; when it is longer than `bytes`, the list of others is cut first, then the
// facts from the end.
[[nodiscard]] std::string plain_text(Words words, std::size_t bytes, bool with_title = false);
// "and 12 more"; empty: none.
[[nodiscard]] std::string more_of(const Words& words);
// Takes away the last of the others, or else of the facts; false: nothing is left to take.
bool shorten(Words& words);

}  // namespace idpwatch::alerts
