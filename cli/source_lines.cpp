#include "cli/source_lines.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

namespace idpwatch::cli {

namespace {
constexpr std::size_t kLineMax = 200;
}  // namespace

std::string SourceLines::at(const std::string& file, std::size_t line) {
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
  return text.size() > kLineMax ? std::string() : std::string(text);
}

}  // namespace idpwatch::cli
