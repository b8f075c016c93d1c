// The tokens of JSON (RFC 8259): where strings, numbers and literals end, and what strings mean.
// For .cpp files of base only. The bytes are UTF-8 already.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace idpwatch::base {

// Each takes the offset of a token's first byte and gives the offset behind it; npos when there is
// no such token (`problem` then says why and `at` where).
struct TokenFault {
  std::size_t at = 0;
  const char* problem = "";
};

std::size_t skip_white_space(std::string_view text, std::size_t at);
std::size_t string_end(std::string_view text, std::size_t at, TokenFault& fault);
std::size_t number_end(std::string_view text, std::size_t at, TokenFault& fault);
std::size_t literal_end(std::string_view text, std::size_t at, TokenFault& fault);

// The characters of a string token that string_end() accepted, without its quotes.
std::string decode_string(std::string_view quoted);

}  // namespace idpwatch::base
