// docs/configuration.md, written from the table; a test compares the two.
#include "config/config_text.hpp"
#include "config/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace idpwatch::config {
namespace {

using config::Form;
using config::Row;
using config::Table;

constexpr std::string_view kHead = R"(# Configuration

One file, `/etc/idpwatch/idpwatch.yaml` (YAML; JSON when its name ends in `.json`), and `conf.d/*.yaml`
beside it, in the order of their names: lists are appended, single values replaced. `idpwatch config
check` validates it, `idpwatch config show` prints the effective configuration (secrets redacted),
`idpwatch config schema` prints its JSON Schema for editors.

- Unknown keys, wrong types, duplicate keys and duplicate names are errors, each with file, line and
  fix. All of them are reported at once.
- Durations: `250ms`, `60s`, `5m`, `12h`, `7d`. Sizes: `64KiB`, `2MiB`, or plain bytes.
- `${VAR}` and `${VAR:-default}` are replaced by environment variables in any value; an unset
  variable without a default is an error. `$${` is a literal `${`.
- Every secret `NAME` can be given as `NAME_file` instead: the file that contains it. A relative
  path is resolved in `$CREDENTIALS_DIRECTORY` first, then beside the configuration.
- Other relative paths start at the folder of the configuration file.
- Anchors and aliases of YAML are refused.
- A reload (SIGHUP) validates first: a bad file keeps the old configuration.

This page is generated from the table of fields in the code; a test keeps them equal.
)";

std::string_view type_of(Form form) {
  switch (form) {
    case Form::kUrl:
    case Form::kSecretUrl:
      return "URL";
    case Form::kProxyUrl:
      return "proxy URL";
    case Form::kOrigin:
      return "origin";
    case Form::kSmtpUrl:
      return "SMTP URL";
    case Form::kMailAddress:
      return "mail address";
    case Form::kPath:
    case Form::kReadableFile:
      return "path";
    case Form::kFolder:
      return "folder";
    case Form::kListen:
      return "address";
    case Form::kDuration:
      return "duration";
    case Form::kSeconds:
      return "seconds";
    case Form::kSize:
      return "size";
    case Form::kInteger:
      return "number";
    case Form::kFlag:
      return "true, false";
    case Form::kTime:
      return "time";
    case Form::kSecret:
      return "secret";
    case Form::kKeys:
      return "keys";
    case Form::kEventType:
      return "event type";
    case Form::kRule:
      return "rule";
    case Form::kName:
      return "name";
    case Form::kSection:
    case Form::kList:
    case Form::kText:
    case Form::kChoice:
      break;
  }
  return "text";
}

std::string type_text(const Row& row) {
  std::string type(type_of(row.form));
  if (!row.choices.empty()) {
    type.clear();
    for (const std::string& choice : row.choices) {
      type += (type.empty() ? "`" : ", `") + choice + "`";
    }
  }
  if (row.texts && !row.secret()) type = "list of " + type;
  if (!row.least.empty() && !row.most.empty()) {
    type += fmt::format(", {}{} to {}", row.zero_is_off ? "0s, or " : "", row.least, row.most);
  }
  return type;
}

std::string row_text(const Row& row) {
  std::string name = "`" + row.name + "`";
  if (row.secret()) name += fmt::format(", `{}_file`", row.name);
  std::string help = row.help;
  if (!row.example.empty()) help += fmt::format(" Example: `{}`", row.example);
  const std::string fallback = row.required           ? "**required**"
                               : row.fallback.empty() ? ""
                                                      : "`" + row.fallback + "`";
  return fmt::format("| {} | {} | {} | {} |\n", name, type_text(row), fallback, help);
}

struct Work {
  const Table* table;
  std::string path;  // "authorities[].expect"
  std::string help;
};

// The sections in the order of the table, depth first.
void push_sections(const Work& section, std::vector<Work>& work) {
  std::vector<Work> below;
  for (const Row& row : *section.table) {
    if (row.form != Form::kSection && row.form != Form::kList) continue;
    const std::string path = section.path + (section.path.empty() ? "" : ".") + row.name +
                             (row.form == Form::kList && !row.one_alone ? "[]" : "");
    below.push_back({row.table.get(), path, row.help});
  }
  std::move(below.rbegin(), below.rend(), std::back_inserter(work));
}

}  // namespace

std::string config_reference() {
  std::string out(kHead);
  std::vector<Work> work{{&config::config_table(), "", "Top-level fields."}};
  while (!work.empty()) {
    const Work section = std::move(work.back());
    work.pop_back();
    const std::string title = section.path.empty() ? "Top" : "`" + section.path + "`";
    out += fmt::format("\n## {}\n\n{}\n", title, section.help);
    const bool leaves = std::any_of(section.table->begin(), section.table->end(),
                                    [](const Row& row) { return row.target != nullptr; });
    if (leaves) out += "\n| key | type | default | meaning |\n|---|---|---|---|\n";
    for (const Row& row : *section.table) {
      if (row.target) out += row_text(row);
    }
    push_sections(section, work);
  }
  return out;
}

}  // namespace idpwatch::config
