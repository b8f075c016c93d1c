#include "alerts/message_id.hpp"

#include "base/encoding.hpp"

namespace idpwatch::alerts {

namespace {

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(static_cast<unsigned char>(value >> shift));
  }
}

}  // namespace

std::string make_message_id(base::Instant now, base::Random& random) {
  constexpr std::uint64_t kVersion = 0x7000, kVariant = 0x8000000000000000ULL;
  const auto millis = static_cast<std::uint64_t>(base::to_unix_micros(now) / 1000);
  std::string bytes;
  append_big_endian(bytes, millis, 6);
  append_big_endian(bytes, kVersion | (random.next() & 0x0fff), 2);
  append_big_endian(bytes, kVariant | (random.next() >> 2), 8);
  std::string text = base::hex_encode(bytes);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
  return text;
}

}  // namespace idpwatch::alerts
