// The few words of JSON Schema that docs/schema/webhook.json uses, so that the schema is tested
// where no validator is installed. A word that it does not know is a fault.
#pragma once

#include <nlohmann/json.hpp>

#include <regex>
#include <string>
#include <vector>

namespace idpwatch::alerts_test {

class SchemaCheck {
 public:
  explicit SchemaCheck(const nlohmann::json& root) : root_(root) {}

  void check(const nlohmann::json& schema, const nlohmann::json& value, const std::string& at) {
    for (const auto& [word, rule] : schema.items()) check_word(word, rule, schema, value, at);
  }
  std::vector<std::string> faults;

 private:
  using json = nlohmann::json;

  static bool is_type(const json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "boolean") return value.is_boolean();
    return type == "null" && value.is_null();
  }
  static bool any_type(const json& value, const json& types) {
    if (types.is_string()) return is_type(value, types);
    return std::any_of(types.begin(), types.end(),
                       [&value](const json& type) { return is_type(value, type); });
  }
  void expect(bool holds, const std::string& at, const std::string& word) {
    if (!holds) faults.push_back(at + ": " + word);
  }
  bool accepts(const json& schema, const json& value) const {
    SchemaCheck inner(root_);
    inner.check(schema, value, "");
    return inner.faults.empty();
  }
  void check_word(const std::string& word, const json& rule, const json&, const json& value,
                  const std::string& at) {
    if (word == "type") return expect(any_type(value, rule), at, word);
    if (word == "const") return expect(value == rule, at, word);
    if (word == "enum")
      return expect(std::find(rule.begin(), rule.end(), value) != rule.end(), at, word);
    if (word == "minimum") return expect(value >= rule, at, word);
    if (word == "maxItems") return expect(value.size() <= rule, at, word);
    if (word == "pattern") {
      return expect(
          std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>())), at,
          word);
    }
    if (word == "$ref") {
      return check(root_.at(json::json_pointer(rule.get<std::string>().substr(1))), value, at);
    }
    if (word == "required") {
      for (const json& name : rule)
        expect(value.contains(name.get<std::string>()), at, "required " + name.dump());
      return;
    }
    if (word == "properties") {
      if (!value.is_object()) return;
      for (const auto& [name, schema] : rule.items()) {
        if (value.contains(name)) check(schema, value.at(name), at + "/" + name);
      }
      return;
    }
    if (word == "items") {
      for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
        check(rule, value[i], at + "/" + std::to_string(i));
      }
      return;
    }
    if (word == "oneOf") {
      const auto fits =
          std::count_if(rule.begin(), rule.end(), [&](const json& s) { return accepts(s, value); });
      return expect(fits == 1, at, "oneOf: " + std::to_string(fits) + " fit");
    }
    const bool said_only = word == "$schema" || word == "$id" || word == "title" ||
                           word == "description" || word == "$defs" || word == "format";
    expect(said_only, at, "unknown word " + word);
  }

  const json& root_;
};

inline std::vector<std::string> schema_faults(const nlohmann::json& schema,
                                              const nlohmann::json& value) {
  SchemaCheck check(schema);
  check.check(schema, value, "");
  return check.faults;
}

}  // namespace idpwatch::alerts_test
