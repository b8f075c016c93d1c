#include "config/config_text.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "config/fields.hpp"
#include "config/yaml_text.hpp"
#include "model/jwk.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::config {
namespace {

using config::Form;
using config::Row;
using config::Table;
using config::Target;
using Json = nlohmann::ordered_json;

constexpr std::string_view kRedacted = "<redacted>";

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

template <class T, class Show>
std::optional<Json> of_setting(const model::Setting<T>& setting, Show show) {
  if (setting.absent()) return std::nullopt;
  return setting.is_null() ? Json(nullptr) : Json(show(setting.value()));
}

Json of_choice(const Row& row, const config::ChoiceTarget& choice) {
  const std::vector<std::size_t> chosen = choice.get();
  if (!row.texts) return chosen.empty() ? Json(nullptr) : Json(row.choices.at(chosen.front()));
  Json list = Json::array();
  for (const std::size_t index : chosen) list.push_back(row.choices.at(index));
  return list;
}

Json of_keys(const std::vector<std::string>& keys) {
  Json list = Json::array();
  for (const std::string& key : keys) {
    nlohmann::json parsed = nlohmann::json::parse(key, nullptr, false);
    // A shared secret (kty oct) is pinned by what signs with it.
    model::redact_secrets(parsed);
    list.push_back(Json(parsed));
  }
  return list;
}

// Scheme and host: the rest of a webhook's URL is what keeps others from posting there.
std::string without_path(const std::string& url) {
  const auto parsed = base::parse_url(url);
  return parsed ? parsed->origin() + "/" + std::string(kRedacted) : std::string(kRedacted);
}

Json of_secret(const Row& row, const Target& target) {
  if (const auto* several = std::get_if<std::vector<std::string>*>(&target)) {
    return (*several)->empty() ? Json(nullptr) : Json(kRedacted);
  }
  const std::string& value = *std::get<std::string*>(target);
  if (value.empty()) return nullptr;
  return row.form == Form::kSecretUrl ? Json(without_path(value)) : Json(kRedacted);
}

Json of_text(const Row& row, const std::string& text) {
  // A proxy's URL may hold its password, every other one a secret in its query.
  const bool url = row.form == Form::kProxyUrl || row.form == Form::kUrl;
  const bool plain = row.form == Form::kUrl && text.find_first_of("@?") == std::string::npos;
  return url && !plain && !text.empty() ? base::redact_url(text) : text;
}

Json seconds(base::Duration value) {
  if (value.count() % 1'000'000 == 0) return value.count() / 1'000'000;
  return static_cast<double>(value.count()) / 1e6;
}

// nullopt: absent in a way that has no text.
std::optional<Json> value_of(const Row& row, const Target& target) {
  if (row.secret()) return of_secret(row, target);
  return std::visit(
      Overloaded{
          [&](std::string* at) -> std::optional<Json> { return of_text(row, *at); },
          [&](std::optional<std::string>* at) -> std::optional<Json> {
            return *at ? of_text(row, **at) : Json(nullptr);
          },
          [](std::vector<std::string>* at) -> std::optional<Json> { return Json(*at); },
          [](bool* at) -> std::optional<Json> { return *at; },
          [](int* at) -> std::optional<Json> { return *at; },
          [](std::uint64_t* at) -> std::optional<Json> { return base::format_size(*at); },
          [](base::Duration* at) -> std::optional<Json> { return base::format_duration(*at); },
          [](std::optional<base::Instant>* at) -> std::optional<Json> {
            return *at ? Json(base::format_rfc3339(**at)) : Json(nullptr);
          },
          [](Listen* at) -> std::optional<Json> { return at->text(); },
          [&](const config::ChoiceTarget& choice) -> std::optional<Json> {
            return of_choice(row, choice);
          },
          [](model::TextSetting* at) { return of_setting(*at, &base::without_url_secrets); },
          [&](model::ListSetting* at) {
            return of_setting(*at, [&](const std::vector<std::string>& list) {
              return row.form == Form::kKeys ? of_keys(list) : Json(list);
            });
          },
          [](model::FlagSetting* at) { return of_setting(*at, [](bool flag) { return flag; }); },
          [](model::DurationSetting* at) { return of_setting(*at, seconds); },
      },
      target);
}

struct Work {
  const Table* table;
  void* owner;
  Json::json_pointer at;
};

void show_row(const Row& row, const Work& object, Json& out, std::vector<Work>& more) {
  const Json::json_pointer at = object.at / row.name;
  if (row.form == Form::kSection) {
    if (void* owner = row.object(object.owner, false)) {
      out[at] = Json::object();  // holds the place: members come later
      more.push_back({row.table.get(), owner, at});
    }
  } else if (row.form == Form::kList) {
    if (row.one_alone && row.size(object.owner) == 1) {
      out[at] = Json::object();
      more.push_back({row.table.get(), row.at(object.owner, 0), at});
      return;
    }
    out[at] = Json::array();
    for (std::size_t i = 0; i < row.size(object.owner); ++i) {
      out[at].push_back(Json::object());
      more.push_back({row.table.get(), row.at(object.owner, i), at / i});
    }
  } else if (std::optional<Json> value = value_of(row, row.target(object.owner))) {
    out[at] = std::move(*value);
  }
}

// "receivers[0].webhook.secret_file" -> "/receivers/0/webhook/secret_file".
Json::json_pointer pointer_of(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '.' || c == '[') {
      out += '/';
    } else if (c != ']') {
      out += c;
    }
  }
  return Json::json_pointer("/" + out);
}

}  // namespace

Json config_to_json(const Config& config) {
  Config copy = config;  // targets are places to write to
  Json out = Json::object();
  std::vector<Work> work{{&config::config_table(), &copy, Json::json_pointer()}};
  while (!work.empty()) {
    const Work object = std::move(work.back());
    work.pop_back();
    for (const Row& row : *object.table) show_row(row, object, out, work);
  }
  for (const auto& [key, file] : config.secret_files) {
    const Json::json_pointer at = pointer_of(key);
    std::string name = at.back();
    Json& object = out[at.parent_pointer()];
    object[name] = file;
    name.resize(name.size() - std::string_view("_file").size());
    object.erase(name);  // one of them is what was written
  }
  return out;
}

std::string config_to_yaml(const Config& config) {
  std::string out;
  for (const std::string& file : config.files) {
    out += "# read from " + base::printable(file, 1000) + "\n";
  }
  return out + config::to_yaml(config_to_json(config));
}

}  // namespace idpwatch::config
