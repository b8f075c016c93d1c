// A token out of whatever surrounds it where people find it: an Authorization header, a curl
// command, a token endpoint's answer, a cookie, a URL, a mail with broken lines. Says what stood
// around it, and which header would go out if it were sent just so.
//
// Pure; bounded by kPastedBytesMax; one pass or two over the text, whatever it holds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::checks {

inline constexpr std::size_t kPastedBytesMax = std::size_t{1024} * 1024;

// What makes a difference when it is sent along.
enum class Surrounding {
  kSchemeTwice,     // Bearer Bearer TOKEN
  kSchemeColon,     // Bearer: TOKEN
  kOtherScheme,     // Token TOKEN, JWT TOKEN
  kQuotes,          // "TOKEN"
  kPercentEncoded,  // Bearer%20TOKEN
  kEscapedBreak,    // TOKEN\n, the two characters
  kInvisible,       // zero-width characters, a byte order mark, a no-break space
  kTrailing,        // TOKEN,
};

struct PastedToken {
  std::string token;  // empty: there is none
  std::vector<Surrounding> around;
  // The Authorization header, where what was pasted is one, or becomes one by "Bearer " in front.
  std::string header;
  // The member of a JSON document that it was taken from: "access_token".
  std::string member;
  // The text is a token endpoint's refusal: its `error`.
  std::string endpoint_error;

  [[nodiscard]] bool has(Surrounding one) const;
};

PastedToken read_pasted_token(std::string_view text);

}  // namespace idpwatch::checks
