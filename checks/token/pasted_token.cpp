#include "checks/token/pasted_token.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace idpwatch::checks {
namespace {

using base::Json;

constexpr std::string_view kBearer = "bearer";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// Also what a token holds that was encoded again, cut or masked on its way.
bool is_token(char c) {
  return is_word(c) || c == '.' || c == '+' || c == '/' || c == '=' || c == '~' || c == '*';
}

bool all_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token);
}

struct Replaced {
  std::string_view from, to;
};
constexpr std::array<Replaced, 8> kInvisibles{{{"\xE2\x80\x8B", ""},     // zero-width space
                                               {"\xE2\x80\x8C", ""},     // zero-width non-joiner
                                               {"\xE2\x80\x8D", ""},     // zero-width joiner
                                               {"\xE2\x81\xA0", ""},     // word joiner
                                               {"\xEF\xBB\xBF", ""},     // byte order mark
                                               {"\xC2\xAD", ""},         // soft hyphen
                                               {"\xC2\xA0", " "},        // no-break space
                                               {"\xE2\x80\xAF", " "}}};  // narrow no-break space

// True: something was replaced. One pass.
bool take_out_invisibles(std::string& text) {
  std::string out;
  out.reserve(text.size());
  bool any = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = std::string_view(text).substr(i);
    const auto* found = static_cast<unsigned char>(text[i]) < 0x80
                            ? kInvisibles.end()
                            : std::find_if(
                                  kInvisibles.begin(), kInvisibles.end(),
                                  [&](const Replaced& one) { return rest.starts_with(one.from); });
    if (found == kInvisibles.end()) {
      out.push_back(text[i++]);
    } else {
      out += found->to;
      i += found->from.size();
      any = true;
    }
  }
  text = std::move(out);
  return any;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
    if (low < 0) {
      out.push_back(text[i]);
    } else {
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return out;
}

bool ends_in_scheme(std::string_view text) {
  return text.size() >= kBearer.size() &&
         base::iequals(text.substr(text.size() - kBearer.size()), kBearer) &&
         (text.size() == kBearer.size() || !is_word(text[text.size() - kBearer.size() - 1]));
}

// Mail programs and terminals break long lines: a line of nothing but a token's characters goes on
// with the one before. "=" at the end of a line is a soft break of quoted-printable text.
std::string without_line_breaks(std::string_view text) {
  std::string out;
  std::size_t dots = 0;  // of the word that `out` ends in
  for (std::string_view line : base::split(text, '\n')) {
    line = base::trim(line);
    while (line.starts_with('>')) line = base::trim(line.substr(1));
    const std::string_view start = line.substr(0, line.find_first_of("\"',;"));
    const bool more = all_token(start) && !out.empty() && is_token(out.back()) &&
                      !(start.starts_with("ey") && dots >= 2) && !ends_in_scheme(out);
    if (more && out.back() == '=') out.pop_back();
    if (!more) {
      if (!out.empty()) out.push_back(ends_in_scheme(out) ? ' ' : '\n');
      dots = 0;
    }
    out += line;
    dots += static_cast<std::size_t>(std::count(start.begin(), start.end(), '.'));
  }
  return out;
}

struct Span {
  std::size_t from = 0, to = 0;
};

// Where a text begins like the base64url form of "{" and a quote or blank, and goes on as a token.
// With dots before without.
std::optional<Span> find_jwt(std::string_view text) {
  constexpr std::size_t kLeast = 12;
  std::optional<Span> best;
  std::size_t from = text.find("ey");
  while (from != std::string_view::npos) {
    std::size_t next = from + 2;
    if (from == 0 || !is_word(text[from - 1])) {
      std::size_t to = from;
      while (to < text.size() && is_token(text[to])) ++to;
      const std::string_view run = text.substr(from, to - from);
      const auto dots = std::count(run.begin(), run.end(), '.');
      if (dots >= 2) return Span{from, to};
      if (!best && (dots == 1 || run.size() >= kLeast)) best = Span{from, to};
      next = to;
    }
    from = text.find("ey", next);
  }
  return best;
}

// What was cut or masked says so right behind what is left of it.
void take_in_mask(std::string_view text, Span& span) {
  constexpr std::size_t kMost = 32;
  const std::string_view rest = text.substr(span.to, kMost);
  if (rest.starts_with("\xE2\x80\xA6")) span.to += 3;
  for (const auto& [open, close] : {std::pair{'[', ']'}, std::pair{'<', '>'}}) {
    const std::size_t end = rest.find(close);
    if (rest.starts_with(open) && end != std::string_view::npos) span.to += end + 1;
  }
}

bool is_quote_at_end(std::string_view text) {
  return text.ends_with('"') || text.ends_with('\'') || text.ends_with('`') ||
         text.ends_with("\xE2\x80\x9C") || text.ends_with("\xE2\x80\x9D") || text.ends_with("%22");
}

// The value of the Authorization header in it, where it is one line of several; else all of it.
std::string_view header_value(std::string_view text, bool& is_header) {
  const std::string lower = base::to_lower(text);
  for (const std::string_view name : {"authorization:", "authorization\":", "authorization="}) {
    const std::size_t at = lower.find(name);
    if (at == std::string::npos) continue;
    is_header = true;
    std::string_view value = text.substr(at + name.size());
    value = base::trim(value.substr(0, value.find('\n')));
    // A header in quotes, as of curl -H or of a JSON document, ends with the quote.
    const bool quoted = (at > 0 && (text[at - 1] == '\'' || text[at - 1] == '"')) ||
                        name.find('"') != std::string_view::npos;
    if (!quoted) return value;
    const char quote = name.find('"') != std::string_view::npos ? '"' : text[at - 1];
    if (value.starts_with(quote)) value.remove_prefix(1);
    const std::size_t end = value.rfind(quote);
    return base::trim(value.substr(0, end));
  }
  return text;
}

void add(PastedToken& read, Surrounding one) {
  if (!read.has(one)) read.around.push_back(one);
}

std::size_t count_schemes(std::string_view lower) {
  std::size_t count = 0;
  for (std::size_t at = lower.find(kBearer); at != std::string_view::npos;
       at = lower.find(kBearer, at + kBearer.size())) {
    const bool begins = at == 0 || !is_word(lower[at - 1]);
    const std::size_t end = at + kBearer.size();
    const bool ends = end >= lower.size() || !is_word(lower[end]);
    if (begins && ends) ++count;
  }
  return count;
}

// `before`, `behind`: what stands around the token in its header; `value`: all of it, as it is.
void judge_surroundings(PastedToken& read, std::string_view before, std::string_view behind,
                        std::string_view value, bool is_header) {
  const std::string lower = base::to_lower(before);
  const std::size_t schemes = count_schemes(lower);
  // A whole header in quotes is a string of some language, which takes them off.
  const bool whole_quoted = schemes > 0 && is_quote_at_end(lower.substr(0, 1));
  if (schemes > 1) add(read, Surrounding::kSchemeTwice);
  if (lower.find("bearer:") != std::string::npos) add(read, Surrounding::kSchemeColon);
  if (is_quote_at_end(base::trim(before)) && !(whole_quoted && before.size() == 1)) {
    add(read, Surrounding::kQuotes);
  }
  if (behind.starts_with("\\n") || behind.starts_with("\\r")) {
    add(read, Surrounding::kEscapedBreak);
  }
  const bool header_like = is_header || schemes > 0;
  if (header_like && (behind.starts_with(',') || behind.starts_with(';'))) {
    add(read, Surrounding::kTrailing);
  }
  const std::string_view word = base::trim(before);
  const bool other =
      schemes == 0 && is_header && !word.empty() && std::all_of(word.begin(), word.end(), is_word);
  if (other) add(read, Surrounding::kOtherScheme);
  if (header_like) {
    std::string_view sent = value;
    if (whole_quoted && is_quote_at_end(sent)) sent = sent.substr(1, sent.size() - 2);
    read.header = sent;
  } else {
    const bool quoted = read.has(Surrounding::kQuotes);
    read.header = "Bearer " + (quoted ? '"' + read.token + '"' : read.token);
  }
}

// What stands in the place of a JWT: an opaque token, or what is left of one.
std::string first_word(std::string_view value) {
  std::string_view rest = base::trim(value);
  for (;;) {
    const std::string lower = base::to_lower(rest.substr(0, kBearer.size() + 1));
    if (lower.starts_with(kBearer) && (lower.size() == kBearer.size() || !is_word(lower.back()))) {
      rest.remove_prefix(std::min(rest.size(), kBearer.size()));
      while (!rest.empty() && (rest.front() == ':' || rest.front() == '=')) rest.remove_prefix(1);
    } else if (lower.starts_with("dpop ")) {
      rest.remove_prefix(5);
    } else if (lower.starts_with('"') || lower.starts_with('\'')) {
      rest.remove_prefix(1);
    } else {
      break;
    }
    rest = base::trim(rest);
  }
  return std::string(rest.substr(0, rest.find_first_of(" \t\r\n\"',;")));
}

void read_text(std::string_view whole, PastedToken& read) {
  std::string text(whole);
  if (take_out_invisibles(text)) add(read, Surrounding::kInvisible);
  text = without_line_breaks(text);
  bool is_header = false;
  const std::string value(header_value(base::trim(text), is_header));
  std::string plain = value;
  if (value.find('%') != std::string::npos) {
    plain = percent_decoded(value);
    const auto in_decoded = find_jwt(plain);
    const auto as_it_is = find_jwt(value);
    const bool needed = in_decoded && (!as_it_is || value.find("%20") < as_it_is->from ||
                                       value.find("%22") < as_it_is->from);
    if (needed) {
      add(read, Surrounding::kPercentEncoded);
    } else {
      plain = value;
    }
  }
  auto span = find_jwt(plain);
  if (!span) {
    read.token = first_word(plain);
    span = Span{plain.find(read.token), 0};
    span->to = span->from + read.token.size();
    if (read.token.empty()) return;
  } else {
    take_in_mask(plain, *span);
    read.token = plain.substr(span->from, span->to - span->from);
  }
  const std::string_view all = plain;
  judge_surroundings(read, all.substr(0, span->from), all.substr(span->to), value, is_header);
}

constexpr std::array<const char*, 8> kMembers{
    {"access_token", "accessToken", "id_token", "idToken", "token", "jwt", "assertion", "value"}};

// The token of a token endpoint's answer, or of what a metadata server or a login library keeps:
// there or one object further in.
bool read_document(std::string_view text, PastedToken& read) {
  const auto document = base::parse_json(base::trim(text), {.bytes = kPastedBytesMax});
  if (!document) return false;
  const Json& value = *document->value;
  if (value.is_string()) {
    read_text(value.get<std::string>(), read);
    return true;
  }
  if (!value.is_object()) return false;
  const auto take = [&read](const Json& object) {
    for (const char* name : kMembers) {
      const auto found = object.find(name);
      if (found == object.end() || !found->is_string()) continue;
      read_text(found->get<std::string>(), read);
      if (read.token.empty()) continue;
      read.member = name;
      return true;
    }
    return false;
  };
  if (take(value)) return true;
  for (const Json& inner : value) {
    if (inner.is_object() && take(inner)) return true;
  }
  const auto error = value.find("error");
  if (error != value.end() && error->is_string()) {
    read.endpoint_error = error->get<std::string>();
    const auto more = value.find("error_description");
    if (more != value.end() && more->is_string()) {
      read.endpoint_error += ": " + more->get<std::string>();
    }
    return true;
  }
  return false;
}

}  // namespace

bool PastedToken::has(Surrounding one) const {
  return std::find(around.begin(), around.end(), one) != around.end();
}

PastedToken read_pasted_token(std::string_view text) {
  PastedToken read;
  text = base::trim(text.substr(0, kPastedBytesMax));
  const bool json = text.starts_with('{');
  if (json && read_document(text, read)) {
    if (!read.token.empty() && read.around.empty()) read.header = "Bearer " + read.token;
    return read;
  }
  read_text(text, read);
  return read;
}

}  // namespace idpwatch::checks
