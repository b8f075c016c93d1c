#include "cli/narrator.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace idpwatch::cli {

namespace {

constexpr std::size_t kTextMax = 400;
// Somewhat faster than people read: most of it is looked at, not read. Under a minute in all.
constexpr std::size_t kCharactersPerSecond = 40;

// Messages of the library run over several lines; here each is one.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == '\n' || c == '\r' || c == ' ';
    if (!space) {
      out += c;
    } else if (!out.ends_with(' ')) {
      out += ' ';
    }
  }
  return out;
}

}  // namespace

void Narrator::say(base::Duration since_start, std::string_view text, Colour colour) {
  characters_ += text.size();
  told_.emplace_back(text);
  if (silent_) return;
  const auto seconds = std::chrono::duration_cast<base::seconds>(since_start).count();
  streams_.out << paint(fmt::format("[{:>2} s] ", seconds), Colour::kDim, streams_.colour)
               << paint(text, colour, streams_.colour) << '\n'
               << std::flush;
}

void Narrator::detail(std::string_view label, std::string_view text) {
  const std::string line = base::printable(one_line(text), kTextMax);
  characters_ += line.size();
  if (silent_) return;
  streams_.out << "       " << paint(fmt::format("{:<9}", label), Colour::kDim, streams_.colour)
               << line << '\n'
               << std::flush;
}

base::Duration Narrator::end_act() {
  const auto read = base::seconds(static_cast<std::int64_t>(
      std::clamp<std::size_t>(characters_ / kCharactersPerSecond, 2, 12)));
  characters_ = 0;
  if (silent_) return base::Duration(0);
  streams_.out << '\n' << std::flush;
  return streams_.out_terminal ? base::Duration(read) : base::Duration(0);
}

}  // namespace idpwatch::cli
