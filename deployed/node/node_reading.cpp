#include "deployed/node/node_reading.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace idpwatch::deployed {

namespace {

constexpr const char* kProfile = "express-oauth2-jwt-bearer";
constexpr std::size_t kLockBytes = std::size_t{8} * 1024 * 1024;

// Node's process.env tells upper from lower case; the last of a name wins.
const EnvironmentVariable* variable(const Environment& environment, std::string_view name) {
  const auto found = std::find_if(environment.rbegin(), environment.rend(),
                                  [&](const auto& one) { return one.name == name; });
  return found == environment.rend() || found->value.empty() ? nullptr : &*found;
}

void take(const Environment& environment, const char* name, model::TextSetting& into) {
  if (const EnvironmentVariable* found = variable(environment, name)) {
    into = model::TextSetting(found->value, found->origin);
  }
}

void take(const Environment& environment, const char* name, model::ListSetting& into) {
  if (const EnvironmentVariable* found = variable(environment, name)) {
    into = model::ListSetting({found->value}, found->origin);
  }
}

// "packages" from lockfileVersion 2 on, "dependencies" before.
base::Status read_lock(const DeployedFile& file, DeployedValidator& validator) {
  const auto lock = base::parse_json(file.bytes, {.bytes = kLockBytes});
  if (!lock) return base::fail(base::Error(lock.error()).in(file.path));
  const base::Json& document = *lock->value;
  const std::string name = kProfile;
  for (const auto& [list, key] :
       {std::pair<const char*, std::string>{"packages", "node_modules/" + name},
        std::pair<const char*, std::string>{"dependencies", name}}) {
    if (!document.is_object() || !document.contains(list) || !document[list].is_object()) continue;
    const auto found = document[list].find(key);
    if (found == document[list].end() || !found->is_object()) continue;
    const auto version = found->find("version");
    if (version == found->end() || !version->is_string()) continue;
    validator.settings.version = version->get<std::string>();
    validator.settings.version_origin = {file.path, 0, key};
    return base::Ok{};
  }
  return base::Ok{};
}

}  // namespace

Claim claims_node(const DeployedFile& file) {
  return base_name(file.path) == "package-lock.json" ? Claim::kByName : Claim::kNone;
}

bool claims_node_environment(const Environment& environment) {
  return variable(environment, "ISSUER_BASE_URL") != nullptr;
}

base::Result<DeployedReading> read_node(const StackFiles& files) {
  DeployedReading reading;
  reading.format = "node";
  DeployedValidator validator;
  model::ValidatorSettings& settings = validator.settings;
  settings.profile = kProfile;
  for (const DeployedFile& file : files.files) {
    if (auto read = read_lock(file, validator); !read) return base::fail(read.error());
  }
  take(files.environment, "ISSUER_BASE_URL", settings.authority);
  take(files.environment, "JWKS_URI", settings.jwks_url);
  take(files.environment, "ISSUER", settings.issuers);
  take(files.environment, "AUDIENCE", settings.audiences);
  take(files.environment, "TOKEN_SIGNING_ALG", settings.algorithms);
  lay_over(settings, files.declared.settings);
  if (!files.declared.version.empty()) settings.version = files.declared.version;
  redact_pinned_keys(settings);
  const bool names_one = settings.authority.has_value() || settings.jwks_url.has_value();
  if (names_one) {
    reading.validators.push_back(std::move(validator));
  } else {
    reading.notes.push_back({NoteKind::kIgnored,
                             "no variable names an authority (ISSUER_BASE_URL, or ISSUER with "
                             "JWKS_URI); settings: {authority: ...} gives what is in code",
                             {}});
  }
  return reading;
}

}  // namespace idpwatch::deployed
