#include "model/settings_json.hpp"

#include "base/text.hpp"
#include "model/settings_table.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace idpwatch::model {
namespace {

using nlohmann::json;

bool read(const json& value, std::string& out) {
  if (!value.is_string()) {
    return false;
  }
  out = value.get<std::string>();
  return true;
}

// A pinned key is an object; it is kept as its text.
bool read(const json& value, std::vector<std::string>& out) {
  if (!value.is_array()) {
    return false;
  }
  for (const json& item : value) {
    if (!item.is_string() && !item.is_object()) {
      return false;
    }
    out.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  }
  return true;
}

bool read(const json& value, base::Duration& out) {
  constexpr double kMost = 1e10;  // three centuries
  if (!value.is_number() || std::fabs(value.get<double>()) > kMost) {
    return false;
  }
  out = base::Duration(std::llround(value.get<double>() * 1e6));
  return true;
}

bool read(const json& value, bool& out) {
  if (!value.is_boolean()) {
    return false;
  }
  out = value.get<bool>();
  return true;
}

enum class Applied { kNoSuchName, kWrongType, kYes };

template <class T>
Applied apply_to(Setting<T>& setting, const json& value, const Origin& origin) {
  if (value.is_null()) {
    setting = Setting<T>::null(origin);
    return Applied::kYes;
  }
  T read_value{};
  if (!read(value, read_value)) return Applied::kWrongType;
  setting = Setting<T>(std::move(read_value), origin);
  return Applied::kYes;
}

Applied apply_one(ValidatorSettings& settings, const std::string& wanted, const json& value,
                  const Origin& origin) {
  Applied applied = Applied::kNoSuchName;
  for_each_setting([&](const char* name, auto member, const char*) {
    if (name == wanted) applied = apply_to(settings.*member, value, origin);
  });
  return applied;
}

}  // namespace

Origin origin_of(const ValidatorSettings& settings, std::string_view wanted) {
  Origin found;
  for_each_setting([&](const char* name, auto member, const char*) {
    if (name == wanted) found = (settings.*member).origin();
  });
  return found;
}

base::Status apply_settings(ValidatorSettings& settings, const json& object, const Origin& origin) {
  if (!object.is_object()) {
    return base::fail(base::ErrorKind::kInput, "settings must be an object");
  }
  for (const auto& [name, value] : object.items()) {
    Origin own = origin;
    if (origin.known()) {
      own.key = name;
    }
    const Applied applied = apply_one(settings, name, value, own);
    if (applied == Applied::kNoSuchName) {
      std::vector<std::string> known;
      for_each_setting([&](const char* each, auto, const char*) { known.emplace_back(each); });
      const auto near = base::nearest(name, known);
      return base::fail(base::ErrorKind::kInput, "unknown setting '" + base::printable(name) + "'",
                        near ? "did you mean '" + *near + "'?" : "");
    }
    if (applied == Applied::kWrongType) {
      return base::fail(base::ErrorKind::kInput,
                        "setting '" + name + "' has a value of the wrong type");
    }
  }
  return base::Ok{};
}

}  // namespace idpwatch::model
