#include "discover/unit_file.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace idpwatch::discover {

namespace {

constexpr std::size_t kLinesMax = 20'000;
constexpr std::size_t kWordsMax = 1'000;

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 's':
      return ' ';
    default:
      return c;
  }
}

struct Line {
  std::string text;
  int number = 0;
};

// A backslash at the end continues a line with a blank in its place; comments within are dropped.
std::vector<Line> logical_lines(std::string_view bytes) {
  std::vector<Line> lines;
  bool continues = false;
  int number = 0;
  for (std::string_view raw : base::split(bytes, '\n')) {
    ++number;
    if (lines.size() > kLinesMax) break;
    if (raw.ends_with('\r')) raw.remove_suffix(1);
    const std::string_view text = base::trim(raw);
    const bool comment = text.starts_with('#') || text.starts_with(';');
    if (comment || (text.empty() && !continues)) continue;
    const bool goes_on = text.ends_with('\\');
    const std::string_view part = goes_on ? text.substr(0, text.size() - 1) : text;
    if (continues) {
      lines.back().text += " " + std::string(part);
    } else {
      lines.push_back({std::string(part), number});
    }
    continues = goes_on;
  }
  return lines;
}

std::string without_specifiers(std::string text) {
  for (std::size_t at = text.find("%%"); at != std::string::npos; at = text.find("%%", at + 1)) {
    text.erase(at, 1);
  }
  return text;
}

// "-", "@", ":", "+", "!" before the path of a program say how it is started, not which.
std::vector<std::string> command_words(std::string_view value) {
  std::vector<std::string> words = unit_words(value);
  if (words.empty()) return words;
  const std::size_t begin = words.front().find_first_not_of("-@:+!|");
  const bool renamed = words.front().substr(0, begin).find('@') != std::string::npos;
  words.front().erase(0, begin);
  // With "@" the second word is the name that the program is told, no argument.
  if (renamed && words.size() > 1) words.erase(words.begin() + 1);
  return words;
}

void take_environment(UnitService& service, std::string_view value, const model::Origin& origin) {
  if (value.empty()) return service.environment.clear();
  for (const std::string& word : unit_words(value)) {
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == std::string::npos) continue;
    const std::string name = word.substr(0, equals);
    service.environment.push_back(
        {name, without_specifiers(word.substr(equals + 1)), {origin.file, origin.line, name}});
  }
}

void take_environment_file(UnitService& service, std::string_view value) {
  if (value.empty()) return service.environment_files.clear();
  UnitEnvironmentFile file;
  file.optional = value.starts_with('-');
  if (file.optional) value.remove_prefix(1);
  file.path = without_specifiers(std::string(base::trim(value)));
  service.environment_files.push_back(std::move(file));
}

void take(UnitService& service, std::string_view name, std::string_view value,
          const model::Origin& origin) {
  if (name == "ExecStart") {
    if (value.empty()) {
      service.command.clear();
    } else if (service.command.empty()) {
      service.command = command_words(value);
    }
  } else if (name == "WorkingDirectory") {
    if (value.starts_with('-')) value.remove_prefix(1);
    service.working_directory = without_specifiers(std::string(value));
  } else if (name == "User") {
    service.user = value;
  } else if (name == "Environment") {
    take_environment(service, value, origin);
  } else if (name == "EnvironmentFile") {
    take_environment_file(service, value);
  } else if (name == "LoadCredential") {
    service.credentials.emplace_back(value);
  }
}

}  // namespace

std::vector<std::string> unit_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size() && words.size() < kWordsMax; ++i) {
    const char c = line[i];
    if (c == '\\' && i + 1 < line.size()) {
      word += unescaped(line[++i]);
      in_word = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t') {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

void add_unit_file(UnitService& service, const std::string& path, std::string_view bytes) {
  bool in_service = false;
  for (const Line& line : logical_lines(bytes)) {
    if (line.text.starts_with('[')) {
      in_service = line.text == "[Service]";
      continue;
    }
    const std::size_t equals = line.text.find('=');
    if (!in_service || equals == std::string::npos) continue;
    const std::string_view text = line.text;
    take(service, base::trim(text.substr(0, equals)), base::trim(text.substr(equals + 1)),
         {path, line.number, {}});
  }
}

}  // namespace idpwatch::discover
