#include "cli/source_lines.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

#include <algorithm>

namespace idpwatch::cli {

namespace {
constexpr std::size_t kLineMax = 200;
constexpr std::string_view kHidden = "...";

// "ValidAudiences" of "Jwt:ValidAudiences:0".
std::string_view last_name(std::string_view key) {
  const auto is_index = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  while (!key.empty()) {
    const std::size_t colon = key.rfind(':');
    const std::string_view part = colon == std::string_view::npos ? key : key.substr(colon + 1);
    if (!is_index(part)) return part;
    key = colon == std::string_view::npos ? std::string_view() : key.substr(0, colon);
  }
  return {};
}

bool is_secret(std::string_view name) {
  const std::string lower = base::to_lower(name);
  for (const std::string_view part : {"secret", "password", "pwd", "credential", "connection"}) {
    if (lower.find(part) != std::string::npos) return true;
  }
  return lower == "key" || lower.ends_with("signingkey") || lower.ends_with("symmetrickey");
}

// The end of the JSON string that begins at `begin`, behind its closing quote.
std::size_t end_of_string(std::string_view line, std::size_t begin) {
  for (std::size_t at = begin + 1; at < line.size(); ++at) {
    if (line[at] == '\\') {
      ++at;
    } else if (line[at] == '"') {
      return at + 1;
    }
  }
  return line.size();
}

std::string shown_json(std::string_view line, std::string_view wanted) {
  std::string out;
  // A line that begins with a value is an element of the array that is pointed at.
  std::string_view name = wanted;
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] != '"') {
      out += line[at++];
      continue;
    }
    const std::size_t end = end_of_string(line, at);
    const std::string_view text = line.substr(at, end - at);
    const std::size_t next = std::min(line.find_first_not_of(" \t", end), line.size());
    if (next < line.size() && line[next] == ':') {
      name = text.substr(1, text.size() >= 2 ? text.size() - 2 : 0);
      out += text;
    } else if (base::iequals(name, wanted) && !is_secret(name)) {
      out += base::without_url_secrets(text);
    } else {
      out += '"' + std::string(kHidden) + '"';
    }
    at = end;
  }
  return out;
}
}  // namespace

std::string SourceLines::at(const std::string& file, std::size_t line, const std::string& key) {
  if (file.empty() || line == 0) return {};
  auto found = files_.find(file);
  if (found == files_.end()) {
    std::vector<std::string> lines;
    if (const auto bytes = base::read_file(file)) {
      for (const std::string_view one : base::split(*bytes, '\n')) lines.emplace_back(one);
    }
    found = files_.emplace(file, std::move(lines)).first;
  }
  if (line > found->second.size()) return {};
  const std::string_view text = base::trim(found->second[line - 1]);
  return text.size() > kLineMax ? std::string() : shown_line(text, key);
}

std::string shown_line(std::string_view line, std::string_view key) {
  const std::string_view wanted = last_name(key);
  if (line.find('"') != std::string_view::npos) return shown_json(line, wanted);
  const std::size_t sign = line.find_first_of("=:");
  if (sign == std::string_view::npos || !is_secret(line.substr(0, sign))) {
    return base::without_url_secrets(line);
  }
  return std::string(line.substr(0, sign + 1)) + std::string(kHidden);
}

}  // namespace idpwatch::cli
