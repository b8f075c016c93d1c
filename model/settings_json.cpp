#include "model/settings_json.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>

namespace idpwatch::model {
namespace {

using nlohmann::json;

template <class T>
using Field = Setting<T> ValidatorSettings::*;

template <class T>
struct Named {
  std::string_view name;
  Field<T> field;
};

constexpr std::array<Named<std::string>, 6> kTexts{{
    {"authority", &ValidatorSettings::authority},
    {"metadata_url", &ValidatorSettings::metadata_url},
    {"jwks_url", &ValidatorSettings::jwks_url},
    {"client_id", &ValidatorSettings::client_id},
    {"tenant_id", &ValidatorSettings::tenant_id},
    {"instance", &ValidatorSettings::instance},
}};
constexpr std::array<Named<std::vector<std::string>>, 5> kLists{{
    {"issuers", &ValidatorSettings::issuers},
    {"audiences", &ValidatorSettings::audiences},
    {"algorithms", &ValidatorSettings::algorithms},
    {"types", &ValidatorSettings::types},
    {"pinned_keys", &ValidatorSettings::pinned_keys},
}};
constexpr std::array<Named<base::Duration>, 5> kDurations{{
    {"clock_skew_s", &ValidatorSettings::clock_skew},
    {"automatic_refresh_s", &ValidatorSettings::automatic_refresh},
    {"min_refresh_s", &ValidatorSettings::min_refresh},
    {"fetch_timeout_s", &ValidatorSettings::fetch_timeout},
    {"last_known_good_s", &ValidatorSettings::last_known_good},
}};
constexpr std::array<Named<bool>, 11> kFlags{{
    {"require_https", &ValidatorSettings::require_https},
    {"refresh_on_unknown_kid", &ValidatorSettings::refresh_on_unknown_kid},
    {"try_all_keys", &ValidatorSettings::try_all_keys},
    {"validate_issuer", &ValidatorSettings::validate_issuer},
    {"validate_audience", &ValidatorSettings::validate_audience},
    {"validate_lifetime", &ValidatorSettings::validate_lifetime},
    {"validate_signing_key", &ValidatorSettings::validate_signing_key},
    {"require_expiration", &ValidatorSettings::require_expiration},
    {"use_cache_control", &ValidatorSettings::use_cache_control},
    {"include_error_details", &ValidatorSettings::include_error_details},
    {"allow_acl", &ValidatorSettings::allow_acl},
}};

constexpr std::size_t kNames = kTexts.size() + kLists.size() + kDurations.size() + kFlags.size();
constexpr std::array<std::string_view, kNames> all_names() {
  std::array<std::string_view, kNames> names{};
  std::size_t at = 0;
  const auto add = [&](const auto& table) {
    for (const auto& row : table) {
      names[at++] = row.name;
    }
  };
  add(kTexts);
  add(kLists);
  add(kDurations);
  add(kFlags);
  return names;
}
constexpr auto kAllNames = all_names();

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

template <class Table>
Applied apply(ValidatorSettings& settings, const Table& table, const std::string& name,
              const json& value, const Origin& origin) {
  for (const auto& row : table) {
    if (row.name != name) {
      continue;
    }
    auto& setting = settings.*row.field;
    using Value = std::decay_t<decltype(setting.value())>;
    if (value.is_null()) {
      setting = Setting<Value>::null(origin);
      return Applied::kYes;
    }
    Value read_value{};
    if (!read(value, read_value)) {
      return Applied::kWrongType;
    }
    setting = Setting<Value>(std::move(read_value), origin);
    return Applied::kYes;
  }
  return Applied::kNoSuchName;
}

Applied apply_one(ValidatorSettings& settings, const std::string& name, const json& value,
                  const Origin& origin) {
  Applied applied = apply(settings, kTexts, name, value, origin);
  if (applied == Applied::kNoSuchName) {
    applied = apply(settings, kLists, name, value, origin);
  }
  if (applied == Applied::kNoSuchName) {
    applied = apply(settings, kDurations, name, value, origin);
  }
  return applied == Applied::kNoSuchName ? apply(settings, kFlags, name, value, origin) : applied;
}

}  // namespace

std::span<const std::string_view> setting_names() { return kAllNames; }

Origin origin_of(const ValidatorSettings& settings, std::string_view name) {
  Origin found;
  const auto look_in = [&](const auto& table) {
    for (const auto& row : table) {
      if (row.name == name) found = (settings.*row.field).origin();
    }
  };
  look_in(kTexts);
  look_in(kLists);
  look_in(kDurations);
  look_in(kFlags);
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
      const std::vector<std::string> known(kAllNames.begin(), kAllNames.end());
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
