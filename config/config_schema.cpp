// The table as JSON Schema 2020-12: for editors, and for those who write a configuration by
// program.
#include "config/config_text.hpp"
#include "config/fields.hpp"
#include "config/number.hpp"

#include <nlohmann/json.hpp>

#include <utility>
#include <vector>

namespace idpwatch::config {
namespace {

using config::Form;
using config::Row;
using config::Table;
using Json = nlohmann::ordered_json;

// Any text may come from ${VAR}, so numbers and flags admit texts of that form.
constexpr std::string_view kVariable = R"(\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\})";

Json text_or_variable(Json schema) {
  return Json{{"anyOf",
               Json::array({std::move(schema), Json{{"type", "string"}, {"pattern", kVariable}}})}};
}

Json pattern(const std::string& expression) {
  return text_or_variable(Json{{"type", "string"}, {"pattern", "^(" + expression + ")$"}});
}

Json bounded(const Row& row, const char* type) {
  Json schema{{"type", type}};
  const auto bound = [&](const char* name, const std::string& text) {
    const auto value = config::parse_number(row.form, text);
    if (text.empty() || !value) return;
    schema[name] = row.form == Form::kSeconds ? *value / 1'000'000 : *value;
  };
  bound("minimum", row.least);
  bound("maximum", row.most);
  return text_or_variable(std::move(schema));
}

Json one_value(const Row& row) {
  switch (row.form) {
    case Form::kDuration:
      return pattern("[0-9]+(ms|s|m|h|d)");
    case Form::kSize:
      return text_or_variable(Json{{"type", Json::array({"string", "integer"})},
                                   {"pattern", "^[0-9]+(KiB|MiB|GiB)?$"}});
    case Form::kInteger:
      return bounded(row, "integer");
    case Form::kSeconds:
      return bounded(row, "number");
    case Form::kFlag:
      return text_or_variable(Json{{"type", "boolean"}});
    case Form::kChoice: {
      Json choices = row.choices;
      // 4 and 6 look like numbers, and YAML hands them over as such.
      for (const std::string& choice : row.choices) {
        if (choice == "4" || choice == "6") choices.push_back(std::stoi(choice));
      }
      return text_or_variable(Json{{"enum", std::move(choices)}});
    }
    case Form::kKeys:
      return Json{{"type", "object"}};
    case Form::kUrl:
    case Form::kSecretUrl:
      return pattern("https?://.+");
    case Form::kSmtpUrl:
      return pattern("smtps?://.+:[0-9]+");
    case Form::kSection:
    case Form::kList:
    case Form::kMailAddress:
    case Form::kText:
    case Form::kName:
    case Form::kProxyUrl:
    case Form::kOrigin:
    case Form::kPath:
    case Form::kReadableFile:
    case Form::kFolder:
    case Form::kListen:
    case Form::kTime:
    case Form::kSecret:
    case Form::kEventType:
    case Form::kRule:
      break;
  }
  // A version such as 8.0 may stand without quotes.
  return row.form == Form::kText ? Json{{"type", Json::array({"string", "number"})}}
                                 : Json{{"type", "string"}};
}

Json leaf_schema(const Row& row) {
  Json schema = one_value(row);
  if (row.form == Form::kKeys) {
    schema = Json{{"type", "array"}, {"items", std::move(schema)}};
  } else if (row.texts && !row.secret()) {
    Json list{{"type", "array"}, {"items", schema}};
    schema = Json{{"anyOf", Json::array({std::move(schema), std::move(list)})}};
  }
  if (row.nullable || row.texts) {
    schema = Json{{"anyOf", Json::array({std::move(schema), Json{{"type", "null"}}})}};
  }
  schema["description"] = row.help;
  if (!row.fallback.empty()) schema["default"] = row.fallback;
  if (!row.example.empty()) schema["examples"] = Json::array({row.example});
  return schema;
}

struct Work {
  const Table* table;
  Json::json_pointer at;
};

void add_row(const Row& row, const Work& object, Json& out, std::vector<Work>& more) {
  const Json::json_pointer at = object.at / "properties" / row.name;
  if (row.form == Form::kSection) {
    out[at] = Json{{"type", Json::array({"object", "null"})}, {"description", row.help}};
    more.push_back({row.table.get(), at});
  } else if (row.form == Form::kList) {
    out[at] = Json{{"type", Json::array({"array", "null"})}, {"description", row.help}};
    out[at / "items"] = Json{{"type", "object"}};
    more.push_back({row.table.get(), at / "items"});
    if (row.one_alone) {
      out[at]["type"].push_back("object");
      more.push_back({row.table.get(), at});
    }
  } else {
    out[at] = leaf_schema(row);
  }
  if (row.secret()) {
    out[object.at / "properties" / (row.name + "_file")] =
        Json{{"type", Json::array({"string", "null"})},
             {"description", "The file that " + row.name + " is read from."}};
    if (row.required) {
      out[object.at / "oneOf"] =
          Json::array({Json{{"required", Json::array({row.name})}},
                       Json{{"required", Json::array({row.name + "_file"})}}});
    }
  } else if (row.required) {
    out[object.at / "required"].push_back(row.name);
  }
}

}  // namespace

Json config_schema() {
  Json out{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
           {"title", "idpwatch configuration"},
           {"type", "object"}};
  std::vector<Work> work{{&config::config_table(), Json::json_pointer()}};
  while (!work.empty()) {
    const Work object = std::move(work.back());
    work.pop_back();
    out[object.at / "additionalProperties"] = false;
    for (const Row& row : *object.table) add_row(row, object, out, work);
  }
  return out;
}

}  // namespace idpwatch::config
