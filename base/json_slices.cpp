#include "base/json_slices.hpp"

#include "base/text.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <string>
#include <vector>

namespace idpwatch::base {

namespace {

// Receives RapidJSON's events (its names). The reader hands numbers over as text.
class Slicer {
 public:
  Slicer(std::string_view text, const rapidjson::MemoryStream& stream, const SliceVisitor& visitor,
         const SliceLimits& limits)
      : text_(text), stream_(stream), visitor_(visitor), limits_(limits) {}

  bool Null() { return scalar(SliceKind::kNull, "null"); }
  bool Bool(bool value) { return scalar(SliceKind::kBool, value ? "true" : "false"); }
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* /*digits*/, rapidjson::SizeType /*length*/, bool /*copy*/) {
    if (!watching()) return true;
    // RapidJSON 1.1 drops the minus sign from its own copy.
    std::size_t start = stream_.Tell();
    while (start > 0 && kNumberCharacters.find(text_[start - 1]) != std::string_view::npos) --start;
    return scalar(SliceKind::kNumber, text_.substr(start, stream_.Tell() - start));
  }
  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    return scalar(SliceKind::kString, {text, length});
  }
  bool Key(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    if (watching()) path_.back().assign(text, length);
    return true;
  }
  // The iterative parser announces a container before it takes the bracket, and its end likewise.
  bool StartObject() { return open(true); }
  bool StartArray() { return open(false); }
  bool EndObject(rapidjson::SizeType /*members*/) { return close(SliceKind::kObject); }
  bool EndArray(rapidjson::SizeType /*elements*/) { return close(SliceKind::kArray); }

  [[nodiscard]] bool too_deep() const { return too_deep_; }
  [[nodiscard]] bool root_is_object() const { return root_is_object_; }

 private:
  static constexpr std::string_view kNumberCharacters = "+-.0123456789Ee";

  // Inside an object whose members are wanted.
  [[nodiscard]] bool watching() const { return depth_ > 0 && depth_ == path_.size(); }

  bool scalar(SliceKind kind, std::string_view value) {
    if (watching()) visitor_.take({path_, kind, value});
    return true;
  }

  bool open(bool object) {
    if (depth_ == 0) root_is_object_ = object;
    if (depth_ >= limits_.depth) {
      too_deep_ = true;
      return false;
    }
    const bool wanted =
        object && path_.size() < limits_.levels &&
        (depth_ == 0 || (watching() && visitor_.look_inside && visitor_.look_inside(path_)));
    if (watching()) starts_.push_back(stream_.Tell());
    ++depth_;
    if (wanted) path_.emplace_back();
    return true;
  }

  bool close(SliceKind kind) {
    if (watching()) path_.pop_back();
    --depth_;
    if (!watching()) return true;
    const std::size_t start = starts_.back();
    starts_.pop_back();
    visitor_.take({path_, kind, text_.substr(start, stream_.Tell() + 1 - start)});
    return true;
  }

  std::string_view text_;
  const rapidjson::MemoryStream& stream_;
  const SliceVisitor& visitor_;
  const SliceLimits& limits_;
  std::size_t depth_ = 0;
  std::vector<std::string> path_;    // one name for each object that is looked into
  std::vector<std::size_t> starts_;  // of the containers among the members handed over
  bool too_deep_ = false;
  bool root_is_object_ = false;
};

}  // namespace

Status slice_json(std::string_view text, const SliceVisitor& visitor, const SliceLimits& limits) {
  if (text.size() > limits.bytes) {
    return fail(ErrorKind::kInput, "JSON of " + std::to_string(text.size()) +
                                       " bytes is larger than the limit of " +
                                       std::to_string(limits.bytes));
  }
  if (!is_utf8(text)) return fail(ErrorKind::kInput, "not JSON: it is not UTF-8");

  rapidjson::MemoryStream stream(text.data(), text.size());
  Slicer slicer(text, stream, visitor, limits);
  rapidjson::Reader reader;
  const rapidjson::ParseResult result = reader.Parse < rapidjson::kParseIterativeFlag |
                                        rapidjson::kParseNumbersAsStringsFlag > (stream, slicer);
  if (slicer.too_deep()) {
    return fail(ErrorKind::kInput,
                "nested deeper than " + std::to_string(limits.depth) + " levels");
  }
  if (result.IsError()) {
    return fail(ErrorKind::kInput, "not JSON: at byte " + std::to_string(result.Offset()) + ": " +
                                       rapidjson::GetParseError_En(result.Code()));
  }
  // A NUL reads like the end of the stream.
  if (stream.Tell() != text.size()) {
    return fail(ErrorKind::kInput, "not JSON: a NUL at byte " + std::to_string(stream.Tell()));
  }
  if (!slicer.root_is_object()) return fail(ErrorKind::kInput, "not a JSON object");
  return Ok{};
}

}  // namespace idpwatch::base
