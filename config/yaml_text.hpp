// JSON -> YAML text for people: block style, two blanks a level, texts quoted only where they must
// be. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace idpwatch::config {

std::string to_yaml(const nlohmann::ordered_json& value);

}  // namespace idpwatch::config
