// What the table of fields can tell: the effective configuration (secrets redacted), its JSON
// Schema, and the reference in docs/configuration.md. Pure.
#pragma once

#include "config/config.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace idpwatch::config {

// `config show`: every field with its effective value; secrets as "<redacted>".
nlohmann::ordered_json config_to_json(const Config& config);
std::string config_to_yaml(const Config& config);

// `config schema`: JSON Schema 2020-12 of one configuration file.
nlohmann::ordered_json config_schema();

// `config init`: a configuration to begin with, all of it comments.
std::string starter_config();

// docs/configuration.md, whole.
std::string config_reference();

}  // namespace idpwatch::config
