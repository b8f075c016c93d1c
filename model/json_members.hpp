// Reading members of JSON that we wrote ourselves: what is missing or of another type keeps the
// default, so that an older or a damaged row never stops the program. For .cpp files of model only.
#pragma once

#include "base/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::model {

const nlohmann::json* member(const nlohmann::json& object, std::string_view name);
std::string text_member(const nlohmann::json& object, std::string_view name);
std::optional<std::int64_t> integer_member(const nlohmann::json& object, std::string_view name);
bool bool_member(const nlohmann::json& object, std::string_view name);
std::optional<base::Instant> instant_member(const nlohmann::json& object, std::string_view name);

// null where there is no value.
nlohmann::json instant_or_null(const std::optional<base::Instant>& at);

}  // namespace idpwatch::model
