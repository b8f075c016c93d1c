// A configuration to begin with, written from the table: every line a comment, so that it is valid
// as it is, and the lists of things to watch first.
#include "base/text.hpp"
#include "config/config_text.hpp"
#include "config/fields.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::config {
namespace {

constexpr std::size_t kColumns = 96;
// What a first configuration is about; the rest keeps its defaults. Of an entry of a list: so many
// of its members, and a section of it.
struct First {
  std::string_view name;
  std::size_t members = 0;
  std::string_view section = {};
};
constexpr First kFirst[] = {{"authorities", 2},
                            {"deployments", 3},
                            {"receivers", 1, "webhook"},
                            {"listen"},
                            {"defaults"},
                            {"limits"},
                            {"alerts"},
                            {"log"}};

// Wrapped at blanks, each line a comment.
std::string comment(const std::string& text) {
  std::string out, line = "#";
  for (const std::string_view word : base::split(text, ' ')) {
    if (line.size() + 1 + word.size() > kColumns) {
      out += line + "\n";
      line = "#";
    }
    line += " " + std::string(word);
  }
  return out + line + "\n";
}

std::string value_of(const Row& row) {
  if (!row.example.empty()) return row.example;
  return row.fallback.empty() ? "..." : row.fallback;
}

bool is_section(const Row& row) { return row.form == Form::kSection || row.form == Form::kList; }

std::string member_text(const Row& row) {
  return row.name + (row.secret() ? "_file" : "") + ": " + value_of(row);
}

// The members that have something to show.
void write_section(std::string& out, const Table& table) {
  for (const Row& row : table) {
    if (!is_section(row)) out += "#   " + member_text(row) + "\n";
  }
}

void write_entry(std::string& out, const Table& table, const First& first) {
  std::size_t written = 0;
  for (const Row& row : table) {
    if (row.name == first.section) {
      std::vector<std::string> members;
      for (const Row& one : *row.table) members.push_back(member_text(one));
      out += "#     " + row.name + ": {" + base::join(members, ", ") + "}\n";
    } else if (!is_section(row) && written < first.members) {
      out += (written == 0 ? "#   - " : "#     ") + member_text(row) + "\n";
      ++written;
    }
  }
}

}  // namespace

std::string starter_config() {
  std::string out =
      "# idpwatch's configuration: take away the \"# \" of what you need. `idpwatch config check` "
      "validates\n"
      "# it, `idpwatch discover` prints `deployments:` for this host, idpwatch.yaml(5) has every "
      "field.\n";
  for (const First& first : kFirst) {
    const auto row = std::find_if(config_table().begin(), config_table().end(),
                                  [&](const Row& one) { return one.name == first.name; });
    if (row == config_table().end()) continue;
    out += "\n" + comment(row->help);
    if (!is_section(*row)) {
      out += "# " + row->name + ": " + value_of(*row) + "\n";
      continue;
    }
    out += "# " + row->name + ":\n";
    if (row->form == Form::kList) {
      write_entry(out, *row->table, first);
    } else {
      write_section(out, *row->table);
    }
  }
  return out;
}

}  // namespace idpwatch::config
