// Text for people: aligned tables, and colours where the terminal wants them. All outside text goes
// through base::printable on its way in, so nothing here can move the cursor.
#pragma once

#include "model/finding.hpp"
#include "model/refusal_state.hpp"

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::cli {

enum class Colour { kNone, kRed, kYellow, kGreen, kDim, kBold };

std::string paint(std::string_view text, Colour colour, bool on);
Colour colour_of(model::Severity severity);
Colour colour_of(model::RefusalState state);

// "1 authority", "2 authorities".
std::string counted(std::size_t count, std::string_view one, std::string_view many);

struct Cell {
  std::string text;
  Colour colour = Colour::kNone;
};

class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  // As many cells as the head has; texts are made printable here.
  void add(std::vector<Cell> cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  // Two blanks between columns, none at the end of a line.
  void print(std::ostream& out, bool colour) const;

 private:
  std::vector<std::string> head_;
  std::vector<std::vector<Cell>> rows_;
};

// Code points: what a terminal gives a column each, but for wide scripts.
[[nodiscard]] std::size_t columns(std::string_view text);

// "2026-11-24 22:13:05Z" of RFC 3339; what is not a time stays as it is.
[[nodiscard]] std::string short_time(const std::string& rfc3339);

}  // namespace idpwatch::cli
