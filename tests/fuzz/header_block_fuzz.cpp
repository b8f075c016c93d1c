// Header lines as a hostile server sends them, split where the input has its line feeds.
#include "net/header_block.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kLimit = 4096;
  idpwatch::net::HeaderBlock block(kLimit);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end == std::string_view::npos ? end : end + 1);
    rest.remove_prefix(line.size());
    if (block.take(line) == idpwatch::net::HeaderBlock::Line::kTooLarge) break;
  }
  std::size_t held = 0;
  for (const auto& [name, value] : block.headers()) held += name.size() + value.size();
  if (held > kLimit || (block.status() != 0 && block.status() < 200)) std::abort();
  return 0;
}
