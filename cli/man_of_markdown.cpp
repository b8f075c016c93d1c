#include "base/text.hpp"
#include "cli/manual.hpp"

#include <vector>

namespace idpwatch::cli {
namespace {

// `code` is bold, **strong** is bold, [text](page) is its text.
// NOLINTNEXTLINE(misc-no-recursion): of our own reference, where links hold no links.
std::string inline_text(std::string_view text) {
  std::string out;
  bool bold = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool strong = text.substr(i, 2) == "**";
    if (text[i] == '`' || strong) {
      bold = !bold;
      out += bold ? "\\fB" : "\\fR";
      if (strong) ++i;
    } else if (text[i] == '[' && text.find("](", i) < text.find(']', i) + 1) {
      const std::size_t end = text.find("](", i), close = text.find(')', end);
      out += inline_text(text.substr(i + 1, end - i - 1));
      i = close;
    } else {
      out += roff_escaped(text.substr(i, 1));
    }
  }
  return out;
}

std::string safe(const std::string& text) {
  return text.starts_with('.') || text.starts_with('\'') ? "\\&" + text : text;
}

// "| `key` | type | default | meaning |": the key, then a sentence of the rest.
std::string row_text(std::string_view line) {
  std::vector<std::string_view> cells;
  line.remove_prefix(1);
  for (const std::string_view cell : base::split(line, '|')) cells.push_back(base::trim(cell));
  if (cells.size() < 4) return {};
  std::string out = ".TP\n" + inline_text(cells[0]) + " (" + inline_text(cells[1]);
  if (cells[2] == "**required**") {
    out += "; required";
  } else if (!cells[2].empty()) {
    out += "; default " + inline_text(cells[2]);
  }
  return out + ")\n" + safe(inline_text(cells[3])) + "\n";
}

}  // namespace

std::string man_of_markdown(std::string_view markdown) {
  std::string out, open;  // a paragraph or a point of a list, to its end
  const auto close = [&] {
    if (!open.empty()) out += safe(inline_text(open)) + "\n";
    open.clear();
  };
  for (const std::string_view line : base::split(markdown, '\n')) {
    const std::string_view text = base::trim(line);
    const bool goes_on = !text.empty() && !open.empty() && text.front() != '#' &&
                         text.front() != '|' && !text.starts_with("- ");
    if (goes_on) {
      open += " " + std::string(text);
      continue;
    }
    close();
    if (text.starts_with("# ") || text.starts_with("|---") || text.starts_with("| key |")) continue;
    if (text.starts_with("## ")) {
      out += ".SH " + inline_text(text.substr(3)) + "\n";
    } else if (text.starts_with("|")) {
      out += row_text(text);
    } else if (text.starts_with("- ")) {
      out += ".IP \\(bu 2\n";
      open = text.substr(2);
    } else if (!text.empty()) {
      out += ".PP\n";
      open = text;
    }
  }
  close();
  return out;
}

}  // namespace idpwatch::cli
