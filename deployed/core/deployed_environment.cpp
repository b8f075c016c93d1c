#include "deployed/core/deployed_environment.hpp"

#include "base/located_json.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::deployed {

namespace {

constexpr std::size_t kLargestFile = 1'048'576;
constexpr std::string_view kWhitespace = " \t\n\r";
constexpr std::string_view kNewline = "\n\r";
constexpr std::string_view kEscapedInQuotes = "\"\\`$";

bool in(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }

bool valid_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// The state machine of systemd's parse_env_file_internal, one state per way a character is read.
class EnvironmentFileParser {
 public:
  explicit EnvironmentFileParser(std::string_view path) : path_(path) {}

  EnvironmentFile parse(std::string_view bytes) {
    for (const char c : bytes) {
      take(c);
      if (c == '\n') ++line_;
    }
    if (state_ != State::kBeforeKey && state_ != State::kKey && state_ != State::kComment &&
        state_ != State::kCommentEscape) {
      finish_assignment();
    }
    return std::move(result_);
  }

 private:
  enum class State {
    kBeforeKey,
    kKey,
    kBeforeValue,
    kValue,
    kValueEscape,
    kSingleQuoted,
    kDoubleQuoted,
    kDoubleQuotedEscape,
    kComment,
    kCommentEscape
  };

  void take(char c) {
    switch (state_) {
      case State::kBeforeKey:
        return before_key(c);
      case State::kKey:
        return in_key(c);
      case State::kBeforeValue:
        return before_value(c);
      case State::kValue:
        return in_value(c);
      case State::kValueEscape:
        state_ = State::kValue;
        if (!in(kNewline, c)) keep(c);
        return;
      case State::kSingleQuoted:
        if (c == '\'') {
          state_ = State::kBeforeValue;
        } else {
          keep(c);
        }
        return;
      case State::kDoubleQuoted:
      case State::kDoubleQuotedEscape:
        return in_double_quotes(c);
      case State::kComment:
        if (c == '\\') state_ = State::kCommentEscape;
        if (in(kNewline, c)) state_ = State::kBeforeKey;
        return;
      case State::kCommentEscape:
        state_ = in(kNewline, c) ? State::kBeforeKey : State::kComment;
        return;
    }
  }

  void before_key(char c) {
    if (in("#;", c)) {
      state_ = State::kComment;
    } else if (!in(kWhitespace, c)) {
      state_ = State::kKey;
      key_line_ = line_;
      key_ = c;
    }
  }

  void in_key(char c) {
    if (in(kNewline, c)) {
      ignore("the line has no '='");
      state_ = State::kBeforeKey;
    } else if (c == '=') {
      state_ = State::kBeforeValue;
      value_.clear();
      value_end_ = 0;
    } else {
      key_ += c;
    }
  }

  void before_value(char c) {
    if (in(kNewline, c)) {
      finish_assignment();
    } else if (c == '\'') {
      state_ = State::kSingleQuoted;
    } else if (c == '"') {
      state_ = State::kDoubleQuoted;
    } else if (c == '\\') {
      state_ = State::kValueEscape;
    } else if (!in(kWhitespace, c)) {
      state_ = State::kValue;
      keep(c);
    }
  }

  void in_value(char c) {
    if (in(kNewline, c)) {
      finish_assignment();
    } else if (c == '\\') {
      state_ = State::kValueEscape;
      value_end_ = value_.size();
    } else {
      value_ += c;
      // White space at the end of an unquoted value does not belong to it.
      if (!in(kWhitespace, c)) value_end_ = value_.size();
    }
  }

  void in_double_quotes(char c) {
    if (state_ == State::kDoubleQuotedEscape) {
      state_ = State::kDoubleQuoted;
      if (c == '\n') return;
      if (!in(kEscapedInQuotes, c)) keep('\\');
      keep(c);
    } else if (c == '"') {
      state_ = State::kBeforeValue;
    } else if (c == '\\') {
      state_ = State::kDoubleQuotedEscape;
    } else {
      keep(c);
    }
  }

  void keep(char c) {
    value_ += c;
    value_end_ = value_.size();
  }

  void finish_assignment() {
    state_ = State::kBeforeKey;
    value_.resize(value_end_);
    const std::string name(base::trim(key_));
    if (!valid_name(name)) {
      return ignore(name.starts_with("export ")
                        ? "systemd knows no 'export'; write NAME=value"
                        : "'" + base::printable(name) + "' is not a variable name for systemd");
    }
    if (!base::is_utf8(value_)) return ignore("the value of " + name + " is not UTF-8");
    result_.variables.push_back({name, value_, {path_, key_line_, name}});
  }

  void ignore(std::string why) {
    result_.notes.push_back(
        {NoteKind::kIgnored, "the line is ignored: " + std::move(why), {path_, key_line_, ""}});
  }

  std::string path_;
  EnvironmentFile result_;
  State state_ = State::kBeforeKey;
  int line_ = 1;
  int key_line_ = 1;
  std::string key_;
  std::string value_;
  std::size_t value_end_ = 0;  // what is kept of value_: trailing white space may be cut
};

}  // namespace

base::Result<EnvironmentFile> read_environment_file(std::string_view path, std::string_view bytes) {
  if (bytes.size() > kLargestFile) {
    return base::fail(base::make_error(base::ErrorKind::kInput,
                                       "the environment file is larger than 1 MiB",
                                       "is this the right file?")
                          .in(path));
  }
  return EnvironmentFileParser(path).parse(base::decode_by_mark(bytes));
}

const EnvironmentVariable* find_variable(const Environment& environment, std::string_view name) {
  const EnvironmentVariable* found = nullptr;
  for (const EnvironmentVariable& variable : environment) {
    if (base::iequals(variable.name, name)) found = &variable;
  }
  return found;
}

}  // namespace idpwatch::deployed
