// Texts as mail wants them: RFC 5322 (headers), RFC 2047 (encoded words), RFC 2045 section 6.7
// (quoted-printable). What comes out is ASCII in short lines whatever goes in, so nothing in a text
// can begin a header. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::alerts {

// "Subject: ...\r\n", folded; encoded words where the text is not plain printable ASCII.
std::string text_header(std::string_view name, std::string_view text);
// Likewise of ids or addresses, which are ASCII without blanks: one a line, but for short ones.
std::string list_header(std::string_view name, const std::vector<std::string>& items,
                        std::string_view separator);
// UTF-8 with "\n" for line ends to lines of at most 76 characters that end in "\r\n".
std::string quoted_printable(std::string_view text);

// A bare address that every server understands: ASCII, no quotes (a part of RFC 5321
// section 4.1.2).
bool is_mail_address(std::string_view text);

}  // namespace idpwatch::alerts
