#include "cli/terminal.hpp"

#include "base/assert.hpp"
#include "base/enum_names.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::cli {
namespace {

constexpr std::size_t kCellCharacters = 120;
// The last column disturbs no other: what is said there (summaries, details) is said in full.
constexpr std::size_t kLastCellCharacters = 400;

constexpr base::EnumNames<Colour> kCodes{
    {Colour::kNone, ""},          {Colour::kRed, "\x1b[31m"}, {Colour::kYellow, "\x1b[33m"},
    {Colour::kGreen, "\x1b[32m"}, {Colour::kDim, "\x1b[2m"},  {Colour::kBold, "\x1b[1m"}};

}  // namespace

std::string paint(std::string_view text, Colour colour, bool on) {
  const std::string_view code = kCodes.text(colour);
  if (!on || code.empty()) return std::string(text);
  return std::string(code) + std::string(text) + "\x1b[0m";
}

Colour colour_of(model::Severity severity) {
  switch (severity) {
    case model::Severity::kCritical:
    case model::Severity::kError:
      return Colour::kRed;
    case model::Severity::kWarning:
      return Colour::kYellow;
    case model::Severity::kInfo:
      break;
  }
  return Colour::kNone;
}

Colour colour_of(model::RefusalState state) {
  switch (state) {
    case model::RefusalState::kRefuses:
      return Colour::kRed;
    case model::RefusalState::kRefusesIfRestarted:
    case model::RefusalState::kAtRisk:
    case model::RefusalState::kUndetermined:
      return Colour::kYellow;
    case model::RefusalState::kOk:
      break;
  }
  return Colour::kGreen;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string short_time(const std::string& rfc3339) {
  const auto at = base::parse_rfc3339(rfc3339);
  if (!at) return rfc3339;
  std::string text = base::format_rfc3339(std::chrono::floor<std::chrono::seconds>(*at));
  text[text.find('T')] = ' ';
  return text;
}

void Table::add(std::vector<Cell> cells) {
  IDPWATCH_ASSERT(cells.size() == head_.size());
  for (Cell& cell : cells) {
    const bool last = &cell == &cells.back();
    cell.text = base::printable(cell.text, last ? kLastCellCharacters : kCellCharacters);
  }
  rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out, bool colour) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < head_.size(); ++i) {
    std::size_t width = columns(head_[i]);
    for (const auto& row : rows_) width = std::max(width, columns(row[i].text));
    widths.push_back(width);
  }
  const auto line = [&](auto cell_at) {
    for (std::size_t i = 0; i < head_.size(); ++i) {
      const Cell cell = cell_at(i);
      out << paint(cell.text, cell.colour, colour);
      if (i + 1 < head_.size()) out << std::string(widths[i] - columns(cell.text) + 2, ' ');
    }
    out << '\n';
  };
  line([&](std::size_t i) { return Cell{head_[i], Colour::kDim}; });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
}

}  // namespace idpwatch::cli
