#include "alerts/receivers/mail_text.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::alerts {

namespace {

constexpr std::size_t kLine = 76;
// 52 characters of base64 and 12 of frame: with "Subject: " a line of 73.
constexpr std::size_t kEncodedBytes = 39;
constexpr std::size_t kLocalPart = 64, kAddress = 254;  // RFC 5321 section 4.5.3.1

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

bool alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool plain(std::string_view text) {
  const bool printable = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  return printable && text.find("=?") == std::string_view::npos;
}

// Each a whole number of characters.
std::vector<std::string> encoded_words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    std::size_t end = std::min(kEncodedBytes, text.size());
    while (end > 1 && end < text.size() && continues(text[end])) --end;
    out.push_back("=?utf-8?B?" + base::base64_encode(text.substr(0, end)) + "?=");
    text.remove_prefix(end);
  }
  return out;
}

// Parts with a blank between, on as many lines as it takes.
std::string folded(std::string_view name, const std::vector<std::string>& parts,
                   std::string_view separator) {
  std::string out(name);
  out += ':';
  std::size_t column = out.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    const std::size_t width = parts[i].size() + (last ? 0 : separator.size());
    if (i > 0 && column + 1 + width > kLine) {
      out += "\r\n";
      column = 0;
    }
    out += ' ';
    out += parts[i];
    if (!last) out += separator;
    column += 1 + width;
  }
  return out + "\r\n";
}

std::string escaped(char byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  return {'=', kDigits[value >> 4U], kDigits[value & 15U]};
}

std::string quoted_line(std::string_view line) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool blank_at_end = c == ' ' && i + 1 == line.size();
    // A mailbox file would quote it.
    const bool from = i == 0 && line.starts_with("From ");
    std::string part(1, c);
    if (c < ' ' || c > '~' || c == '=' || blank_at_end || from) part = escaped(c);
    const std::size_t room = i + 1 == line.size() ? kLine : kLine - 1;
    if (column + part.size() > room) {
      out += "=\r\n";
      column = 0;
    }
    out += part;
    column += part.size();
  }
  return out + "\r\n";
}

}  // namespace

std::string text_header(std::string_view name, std::string_view text) {
  std::vector<std::string> parts;
  if (plain(text)) {
    for (const std::string_view word : base::split(text, ' ')) {
      if (!word.empty()) parts.emplace_back(word);
    }
  } else {
    parts = encoded_words(text);
  }
  return folded(name, parts, "");
}

std::string list_header(std::string_view name, const std::vector<std::string>& items,
                        std::string_view separator) {
  return folded(name, items, separator);
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out += quoted_line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

bool is_mail_address(std::string_view text) {
  constexpr std::string_view kAtoms = "!#$%&'*+-/=?^_`{|}~.";  // RFC 5322 section 3.2.3
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || text.size() > kAddress) return false;
  const std::string_view local = text.substr(0, at), domain = text.substr(at + 1);
  if (local.empty() || local.size() > kLocalPart || domain.empty()) return false;
  const auto well_dotted = [](std::string_view part) {
    return part.front() != '.' && part.back() != '.' && part.find("..") == std::string_view::npos;
  };
  return well_dotted(local) && well_dotted(domain) &&
         std::ranges::all_of(
             local,
             [&](char c) { return alphanumeric(c) || kAtoms.find(c) != std::string_view::npos; }) &&
         std::ranges::all_of(domain,
                             [](char c) { return alphanumeric(c) || c == '-' || c == '.'; });
}

}  // namespace idpwatch::alerts
