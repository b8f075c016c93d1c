#include "model/bounded_text.hpp"

#include "base/assert.hpp"
#include "base/digest.hpp"

namespace idpwatch::model {

std::string bounded_text(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  constexpr std::string_view kMark = "... sha256:";
  constexpr std::size_t kDigest = 64;
  IDPWATCH_ASSERT(limit > kMark.size() + kDigest);
  std::size_t end = limit - kMark.size() - kDigest;
  // Not in the middle of a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + std::string(kMark) + base::sha256_hex(text);
}

std::string bounded_json(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  return "{\"sha256\":\"" + base::sha256_hex(text) + "\"}";
}

}  // namespace idpwatch::model
