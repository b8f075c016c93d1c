#include "base/json_slices.hpp"

#include "base/json_tokens.hpp"
#include "base/text.hpp"

#include <string>
#include <utility>
#include <vector>

namespace idpwatch::base {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

class Slicer {
 public:
  Slicer(std::string_view text, const SliceVisitor& visitor, const SliceLimits& limits)
      : text_(text), visitor_(visitor), limits_(limits) {}

  Status run();

 private:
  struct Container {
    bool object;
    bool watched;  // its members are handed over: they have a name at the end of path_
    std::size_t start;
  };

  [[nodiscard]] char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  // The members of the innermost container are handed over.
  [[nodiscard]] bool watching() const { return !open_.empty() && open_.back().watched; }
  [[nodiscard]] Status bad(std::size_t at, const char* problem) const {
    return fail(ErrorKind::kInput,
                "not JSON: at byte " + std::to_string(at) + ": " + std::string(problem));
  }

  bool step_over_known();
  bool read_scalar();
  bool read_name();
  bool open(bool object);
  void close();
  bool value();
  bool after_value();

  std::string_view text_;
  const SliceVisitor& visitor_;
  const SliceLimits& limits_;
  std::size_t at_ = 0;
  std::vector<Container> open_;
  std::vector<std::string> path_;
  bool too_deep_ = false;
  TokenFault fault_;
};

// Bytes that were one container the last time are one now: a container ends by itself.
bool Slicer::step_over_known() {
  if (!watching() || !visitor_.known) return false;
  const std::string_view known = visitor_.known(path_);
  if (known.empty() || !text_.substr(at_).starts_with(known)) return false;
  at_ += known.size();
  visitor_.take({path_, known.front() == '{' ? SliceKind::kObject : SliceKind::kArray,
                 text_.substr(at_ - known.size(), known.size())});
  return true;
}

bool Slicer::read_scalar() {
  const std::size_t start = at_;
  SliceKind kind = SliceKind::kNumber;
  std::size_t end = kNone;
  if (here() == '"') {
    kind = SliceKind::kString;
    end = string_end(text_, at_, fault_);
  } else if (here() == 't' || here() == 'f' || here() == 'n') {
    kind = here() == 'n' ? SliceKind::kNull : SliceKind::kBool;
    end = literal_end(text_, at_, fault_);
  } else {
    end = number_end(text_, at_, fault_);
  }
  if (end == kNone) return false;
  at_ = end;
  if (!watching()) return true;
  const std::string_view token = text_.substr(start, end - start);
  if (kind == SliceKind::kString && token.find('\\') != kNone) {
    visitor_.take({path_, kind, decode_string(token)});
  } else if (kind == SliceKind::kString) {
    visitor_.take({path_, kind, token.substr(1, token.size() - 2)});
  } else {
    visitor_.take({path_, kind, token});
  }
  return true;
}

// A member's name and its colon.
bool Slicer::read_name() {
  const std::size_t end = string_end(text_, at_, fault_);
  if (end == kNone) return false;
  if (watching()) path_.back() = decode_string(text_.substr(at_, end - at_));
  at_ = skip_white_space(text_, end);
  if (here() != ':') {
    fault_ = {at_, "a colon must follow a member's name"};
    return false;
  }
  at_ = skip_white_space(text_, at_ + 1);
  return true;
}

bool Slicer::open(bool object) {
  if (open_.size() >= limits_.depth) {
    too_deep_ = true;
    return false;
  }
  const bool watched =
      object && path_.size() < limits_.levels &&
      (open_.empty() || (watching() && visitor_.look_inside && visitor_.look_inside(path_)));
  open_.push_back({object, watched, at_});
  if (watched) path_.emplace_back();
  ++at_;
  return true;
}

void Slicer::close() {
  const Container container = open_.back();
  open_.pop_back();
  ++at_;
  if (container.watched) path_.pop_back();
  if (!watching()) return;
  visitor_.take({path_, container.object ? SliceKind::kObject : SliceKind::kArray,
                 text_.substr(container.start, at_ - container.start)});
}

// One value, down to the first scalar or empty container in it.
bool Slicer::value() {
  while (here() == '{' || here() == '[') {
    if (step_over_known()) return true;
    const bool object = here() == '{';
    if (!open(object)) return false;
    at_ = skip_white_space(text_, at_);
    if (here() == (object ? '}' : ']')) {
      close();
      return true;
    }
    if (object && !read_name()) return false;
  }
  return read_scalar();
}

// Closes what ends here, and goes on to the next value if there is one.
bool Slicer::after_value() {
  while (!open_.empty()) {
    at_ = skip_white_space(text_, at_);
    const bool object = open_.back().object;
    if (here() == (object ? '}' : ']')) {
      close();
      continue;
    }
    if (here() != ',') {
      fault_ = {at_, object ? "a comma or } must follow a member"
                            : "a comma or ] must follow an element"};
      return false;
    }
    at_ = skip_white_space(text_, at_ + 1);
    return object ? read_name() : true;
  }
  return true;
}

Status Slicer::run() {
  at_ = skip_white_space(text_, 0);
  if (here() != '{') return fail(ErrorKind::kInput, "not a JSON object");
  bool good = value();
  while (good && !open_.empty()) {
    good = after_value() && (open_.empty() || value());
  }
  if (too_deep_) {
    return fail(ErrorKind::kInput,
                "nested deeper than " + std::to_string(limits_.depth) + " levels");
  }
  if (!good) return bad(fault_.at, fault_.problem);
  at_ = skip_white_space(text_, at_);
  if (at_ != text_.size()) return bad(at_, "unexpected text after the end of the object");
  return Ok{};
}

}  // namespace

Status slice_json(std::string_view text, const SliceVisitor& visitor, const SliceLimits& limits) {
  if (text.size() > limits.bytes) {
    return fail(ErrorKind::kInput, "JSON of " + std::to_string(text.size()) +
                                       " bytes is larger than the limit of " +
                                       std::to_string(limits.bytes));
  }
  if (!is_utf8(text)) return fail(ErrorKind::kInput, "not JSON: it is not UTF-8");
  return Slicer(text, visitor, limits).run();
}

}  // namespace idpwatch::base
