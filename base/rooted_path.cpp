#include "base/rooted_path.hpp"

#include <array>
#include <filesystem>
#include <unistd.h>

namespace idpwatch::base {

namespace {

constexpr int kLinksMax = 40;  // as the kernel does

std::string target_of(const std::string& path) {
  std::array<char, 4096> target{};
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  return size <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(size));
}

// Without "." and "..", which lead no further than to the root.
std::string absolute(const std::string& folder, const std::string& path) {
  const std::filesystem::path joined = std::filesystem::path(folder) / path;
  std::string text = joined.lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

std::string resolve_within(const std::string& root, std::string_view path) {
  std::string left = absolute("/", std::string(path)), done;
  for (int links = 0; links <= kLinksMax;) {
    if (left.empty() || left == "/") return root + (done.empty() ? "/" : done);
    const std::size_t slash = left.find('/', 1);
    const std::string next = done + left.substr(0, slash);
    const std::string rest = slash == std::string::npos ? std::string() : left.substr(slash);
    const std::string target = target_of(root + next);
    if (target.empty()) {
      done = next;
      left = rest;
      continue;
    }
    ++links;
    left = absolute(done.empty() ? "/" : done, target) + rest;
    done.clear();
  }
  return {};
}

}  // namespace idpwatch::base
