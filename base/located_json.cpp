#include "base/located_json.hpp"

#include "base/text.hpp"

// RapidJSON 1.1 begins with an empty stack and adds to its null pointer (internal/stack.h); the
// sanitizer's complaint about that would hide ours.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/error/error.h>
#include <rapidjson/reader.h>
#if defined(__clang__)
#pragma clang attribute pop
#endif

#include <optional>
#include <unordered_map>
#include <utility>

namespace idpwatch::base {

namespace {

// The next two classes speak RapidJSON's concepts, in its names.
// NOLINTBEGIN(readability-identifier-naming)

// RapidJSON's input stream concept over bytes with a known end. No
// copy optimisation: the handler asks it where the parser stands.
class SourceStream {
 public:
  using Ch = char;
  explicit SourceStream(std::string_view text) : text_(text) {}

  [[nodiscard]] char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  char Take() { return at_ < text_.size() ? text_[at_++] : '\0'; }
  [[nodiscard]] std::size_t Tell() const { return at_; }
  // Only for streams that are written to; the concept asks for them.
  char* PutBegin() { return nullptr; }
  void Put(char) {}
  void Flush() {}
  std::size_t PutEnd(char*) { return 0; }

  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

struct Position {
  int line = 1;
  int column = 1;
};

// Offsets are asked for in rising order, so that a file of one endless line costs one pass.
class PositionCursor {
 public:
  explicit PositionCursor(std::string_view text) : text_(text) {}

  Position at(std::size_t offset) {
    for (; at_ < offset && at_ < text_.size(); ++at_) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '\n') {
        ++position_.line;
        position_.column = 1;
      } else if ((byte & 0xC0U) != 0x80U) {
        ++position_.column;
      }
    }
    return position_;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  Position position_;
};

// Where a string token that ends before `end` begins: it holds no bare quote inside.
std::size_t string_start(std::string_view text, std::size_t end) {
  std::size_t quote = end - 1;
  while (quote > 0) {
    --quote;
    if (text[quote] != '"') continue;
    std::size_t slashes = 0;
    while (slashes < quote && text[quote - 1 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 0) return quote;
  }
  return quote;
}

std::size_t number_start(std::string_view text, std::size_t end) {
  constexpr std::string_view kNumberCharacters = "+-.0123456789Ee";
  std::size_t start = end;
  while (start > 0 && kNumberCharacters.find(text[start - 1]) != std::string_view::npos) --start;
  return start;
}

enum class Stop { kNone, kDepth, kAmount };

// Receives RapidJSON's events and flattens them.
class Flattener {
 public:
  Flattener(const SourceStream& stream, const LocatedJsonLimits& limits)
      : stream_(stream), limits_(limits), cursor_(stream.text()) {}

  bool Null() { return leaf(LocatedKind::kNull, "", stream_.Tell() - 4); }
  bool Bool(bool value) {
    return leaf(LocatedKind::kBool, value ? "True" : "False", stream_.Tell() - (value ? 4 : 5));
  }
  // The reader is told to hand over numbers as text; these three never come.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  // RapidJSON 1.1 drops the minus sign from its own copy, hence the slice of the source.
  bool RawNumber(const char*, rapidjson::SizeType, bool) {
    const std::size_t start = number_start(stream_.text(), stream_.Tell());
    return leaf(LocatedKind::kNumber, stream_.text().substr(start, stream_.Tell() - start), start);
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return leaf(LocatedKind::kString, {text, length}, string_start(stream_.text(), stream_.Tell()));
  }
  // The iterative parser announces a container before it takes the bracket.
  bool StartObject() { return open(false); }
  bool StartArray() { return open(true); }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    Frame& frame = frames_.back();
    path_.resize(frame.path_length);
    if (frames_.size() > 1) path_ += ':';
    path_.append(text, length);
    return true;
  }
  bool EndObject(rapidjson::SizeType members) { return close(members, LocatedKind::kEmptyObject); }
  bool EndArray(rapidjson::SizeType elements) { return close(elements, LocatedKind::kEmptyArray); }

  [[nodiscard]] Stop stop() const { return stop_; }
  [[nodiscard]] bool root_is_object() const { return root_is_object_; }
  LocatedJson take() { return std::move(result_); }

 private:
  struct Frame {
    bool array = false;
    std::size_t next_index = 0;
    std::size_t path_length = 0;  // of the container's own path
    Position position;
  };

  void enter_element() {
    if (frames_.empty() || !frames_.back().array) return;
    Frame& frame = frames_.back();
    path_.resize(frame.path_length);
    if (frames_.size() > 1) path_ += ':';
    path_ += std::to_string(frame.next_index++);
  }

  bool open(bool array) {
    enter_element();
    if (frames_.empty()) root_is_object_ = !array;
    if (frames_.size() >= limits_.depth) {
      stop_ = Stop::kDepth;
      return false;
    }
    frames_.push_back({array, 0, path_.size(), cursor_.at(stream_.Tell())});
    return true;
  }

  bool close(rapidjson::SizeType count, LocatedKind empty_kind) {
    const Frame frame = frames_.back();
    frames_.pop_back();
    path_.resize(frame.path_length);
    if (count > 0 || frames_.empty()) return true;
    // .NET stores null for it, over a leaf that may be there, and a leaf after it is a duplicate.
    lines_.insert_or_assign(to_lower(path_), frame.position.line);
    return add(empty_kind, "", frame.position);
  }

  bool leaf(LocatedKind kind, std::string_view value, std::size_t start) {
    enter_element();
    if (frames_.empty()) return true;  // a bare value as root: refused by root_is_object()
    const Position position = cursor_.at(start);
    const auto [known, fresh] = lines_.try_emplace(to_lower(path_), position.line);
    if (!fresh) {
      result_.duplicates.push_back({path_, known->second, position.line});
      return within_limits();
    }
    return add(kind, value, position);
  }

  bool add(LocatedKind kind, std::string_view value, Position position) {
    result_.values.push_back({path_, std::string(value), kind, position.line, position.column});
    return within_limits();
  }

  bool within_limits() {
    path_bytes_ += path_.size();
    ++count_;
    if (path_bytes_ <= limits_.path_bytes && count_ <= limits_.values) return true;
    stop_ = Stop::kAmount;
    return false;
  }

  const SourceStream& stream_;
  const LocatedJsonLimits& limits_;
  PositionCursor cursor_;
  std::vector<Frame> frames_;
  std::string path_;
  std::size_t path_bytes_ = 0;
  std::size_t count_ = 0;
  std::unordered_map<std::string, int> lines_;  // of leaves, by lower-case path
  LocatedJson result_;
  bool root_is_object_ = false;
  Stop stop_ = Stop::kNone;
};

// NOLINTEND(readability-identifier-naming)

struct Explanation {
  const char* message;
  const char* hint;
};

Explanation explain_structure(rapidjson::ParseErrorCode code) {
  switch (static_cast<int>(code)) {
    case rapidjson::kParseErrorDocumentEmpty:
      return {"the file contains no JSON value",
              "write {} for a file without settings, or remove it"};
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return {"unexpected text after the end of the document", "remove what follows the last }"};
    case rapidjson::kParseErrorValueInvalid:
      return {"this is not valid JSON value",
              "a value is \"text\", a number, true, false, null, {} or []"};
    case rapidjson::kParseErrorObjectMissName:
      return {"a member name in double quotes is missing",
              "write \"Name\": value; single quotes are not JSON"};
    case rapidjson::kParseErrorObjectMissColon:
      return {"a colon is missing after a member name", "write \"Name\": value"};
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
      return {"a comma or } is missing after a member",
              "end the line before with a comma, or close the object"};
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
      return {"a comma or ] is missing after a list element",
              "end the line before with a comma, or close the list"};
    default:
      return {"this is not valid JSON", "check what comes just before this position"};
  }
}

Explanation explain(rapidjson::ParseErrorCode code) {
  switch (static_cast<int>(code)) {
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
      return {"four hex digits must follow \\u", "write \\u00e4, or the character itself"};
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
      return {"half of a surrogate pair in \\u escapes", "write both halves, or the character"};
    case rapidjson::kParseErrorStringEscapeInvalid:
      return {"an unknown escape in a string", "write a backslash as \\\\"};
    case rapidjson::kParseErrorStringMissQuotationMark:
    case rapidjson::kParseErrorStringInvalidEncoding:
      return {"a string is not closed, or contains a line break or control character",
              "close it with \" on the same line; write a line break as \\n"};
    case rapidjson::kParseErrorNumberMissFraction:
    case rapidjson::kParseErrorNumberMissExponent:
      return {"a number ends too early", "digits must follow the point and the exponent"};
    default:
      return explain_structure(code);
  }
}

JsonFault fault_at(std::string_view text, std::size_t offset, JsonFaultKind kind,
                   std::string message, std::string hint) {
  const Position position = PositionCursor(text).at(offset);
  return {kind, position.line, position.column, std::move(message), std::move(hint)};
}

// The first byte at which `text` is no UTF-8 any more: its line by the check of text.hpp, then the
// first byte that a repair of that line changes.
std::size_t first_bad_byte(std::string_view text) {
  std::size_t good = 0;
  std::size_t line_end = 0;
  while (good < text.size()) {
    line_end = text.find('\n', good);
    if (line_end == std::string_view::npos) line_end = text.size();
    if (!is_utf8(text.substr(good, line_end - good))) break;
    good = line_end + 1;
  }
  const std::string_view line = text.substr(good, line_end - good);
  const std::string repaired = repair_utf8(line);
  std::size_t same = 0;
  while (same < line.size() && same < repaired.size() && line[same] == repaired[same]) ++same;
  return good + same;
}

JsonFault too_large(const LocatedJsonLimits& limits) {
  return {JsonFaultKind::kTooLarge, 1, 1,
          "the file is larger than " + std::to_string(limits.bytes) + " bytes",
          "settings files are small; is this the right file?"};
}

std::optional<JsonFault> check_bytes(std::string_view text, const LocatedJsonLimits& limits) {
  if (text.size() > limits.bytes) return too_large(limits);
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    return fault_at(text, nul, JsonFaultKind::kSyntax, "the file contains a NUL byte",
                    "save the file as UTF-8 text");
  }
  if (!is_utf8(text)) {
    return fault_at(text, first_bad_byte(text), JsonFaultKind::kEncoding,
                    "a byte that is not UTF-8",
                    "save the file as UTF-8; .NET reads U+FFFD in place of such bytes");
  }
  return std::nullopt;
}

JsonFault stopped(Stop stop, std::string_view text, std::size_t offset,
                  const LocatedJsonLimits& limits) {
  if (stop == Stop::kDepth) {
    return fault_at(text, offset, JsonFaultKind::kTooDeep,
                    "nested deeper than " + std::to_string(limits.depth) + " levels",
                    "System.Text.Json stops here, too; is this the right file?");
  }
  return fault_at(text, offset, JsonFaultKind::kTooLarge, "too many values, or too long key paths",
                  "settings files are small; is this the right file?");
}

}  // namespace

Error JsonFault::error() const {
  return make_error(
      ErrorKind::kInput,
      "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + message, hint);
}

tl::expected<LocatedJson, JsonFault> read_located_json(std::string_view bytes,
                                                       const LocatedJsonLimits& limits) {
  // Twice the limit: UTF-16 may halve; decoding must be bounded, too.
  if (bytes.size() > limits.bytes * 2 + 4) return tl::unexpected(too_large(limits));
  const std::string text = decode_by_mark(bytes);
  if (std::optional<JsonFault> fault = check_bytes(text, limits)) return tl::unexpected(*fault);

  constexpr unsigned kFlags =
      rapidjson::kParseCommentsFlag | rapidjson::kParseTrailingCommasFlag |
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
      rapidjson::kParseFullPrecisionFlag | rapidjson::kParseNumbersAsStringsFlag;
  SourceStream stream(text);
  Flattener flattener(stream, limits);
  rapidjson::Reader reader;
  const rapidjson::ParseResult parsed = reader.Parse<kFlags>(stream, flattener);
  if (flattener.stop() != Stop::kNone) {
    return tl::unexpected(stopped(flattener.stop(), text, stream.Tell(), limits));
  }
  if (parsed.Code() == rapidjson::kParseErrorNumberTooBig) {
    return tl::unexpected(fault_at(text, parsed.Offset(), JsonFaultKind::kTooLarge,
                                   "a number too large to read", "no setting needs such a number"));
  }
  if (parsed.IsError()) {
    const Explanation why = explain(parsed.Code());
    return tl::unexpected(
        fault_at(text, parsed.Offset(), JsonFaultKind::kSyntax, why.message, why.hint));
  }
  if (!flattener.root_is_object()) {
    return tl::unexpected(fault_at(text, 0, JsonFaultKind::kNoObject,
                                   "the outermost value is not an object",
                                   "a settings file begins with { and ends with }"));
  }
  return flattener.take();
}

}  // namespace idpwatch::base
