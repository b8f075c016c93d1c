#include "base/json.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace idpwatch::base {

JsonDocument::JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

namespace {

// Builds the value while the parser reads, so that nothing deeper than the limit ever exists:
// copying or destroying a 60,000-deep value overflows the stack.
class BoundedBuilder final : public nlohmann::json_sax<Json> {
 public:
  BoundedBuilder(std::size_t depth_max, JsonDocument& out) : depth_max_(depth_max), out_(out) {}

  bool null() override { return put(Json(nullptr)) != nullptr; }
  bool boolean(bool value) override { return put(Json(value)) != nullptr; }
  bool number_integer(number_integer_t value) override { return put(Json(value)) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return put(Json(value)) != nullptr; }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return put(Json(value)) != nullptr;
  }
  bool string(string_t& value) override { return put(Json(std::move(value))) != nullptr; }
  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool key(string_t& name) override {
    Frame& top = stack_.back();
    if (top.value->contains(name)) out_.duplicates.push_back(path_to(name));
    top.name = std::move(name);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 5: what": keep the what.
    const std::string_view text = error.what();
    const std::size_t colon = text.find(": ");
    problem_ = "at byte " + std::to_string(position) + ": " +
               printable(colon == std::string_view::npos ? text : text.substr(colon + 2), 160);
    return false;
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct Frame {
    Json* value;
    std::string name;  // of the member that is being read
  };

  bool open(Json container) {
    if (stack_.size() >= depth_max_) {
      problem_ = "nested deeper than " + std::to_string(depth_max_) + " levels";
      return false;
    }
    Json* placed = put(std::move(container));
    stack_.push_back({placed, {}});
    return true;
  }

  bool close() {
    stack_.pop_back();
    return true;
  }

  Json* put(Json value) {
    if (stack_.empty()) {
      out_.value = std::make_unique<Json>(std::move(value));
      return out_.value.get();
    }
    Frame& top = stack_.back();
    if (top.value->is_array()) {
      top.value->push_back(std::move(value));
      return &top.value->back();
    }
    Json& slot = (*top.value)[top.name];
    slot = std::move(value);
    return &slot;
  }

  [[nodiscard]] std::string path_to(std::string_view name) const {
    std::string path;
    for (const Frame& frame : stack_) {
      if (&frame == &stack_.back()) break;
      path += frame.value->is_array() ? std::to_string(frame.value->size() - 1) : frame.name;
      path += '.';
    }
    return path + std::string(name);
  }

  std::size_t depth_max_;
  JsonDocument& out_;
  std::vector<Frame> stack_;
  std::string problem_;
};

// RFC 8785 section 3.2.3 sorts member names by UTF-16 code units; for the ASCII names that we
// write this is the byte order of nlohmann's map.
void write_canonical(const Json& value, std::string& out) {
  out += value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Result<JsonDocument> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return fail(ErrorKind::kInput, "JSON of " + std::to_string(text.size()) +
                                       " bytes is larger than the limit of " +
                                       std::to_string(limits.bytes));
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return fail(ErrorKind::kInput, "not JSON: it begins with a byte order mark",
                "RFC 8259 section 8.1 forbids one on the wire");
  }
  // nlohmann's lexer takes a NUL for the end of the input, whatever follows it.
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    return fail(ErrorKind::kInput, "not JSON: a NUL at byte " + std::to_string(nul));
  }
  JsonDocument document;
  BoundedBuilder builder(limits.depth, document);
  const bool ok = Json::sax_parse(text.begin(), text.end(), &builder);
  if (!ok) return fail(ErrorKind::kInput, "not JSON: " + builder.problem());
  return document;
}

std::string canonical_json(const Json& value) {
  std::string out;
  write_canonical(value, out);
  return out;
}

}  // namespace idpwatch::base
