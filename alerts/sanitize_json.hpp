// Makes every text in a JSON value harmless for people's eyes and bounded (docs/alerts.md), in
// place. For .cpp files of alerts. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>

namespace idpwatch::alerts {

// Sentences keep up to 1000 characters, names 512, all else 256. Values beyond `bytes` in all are
// replaced by their beginning as text.
void make_harmless(nlohmann::json& value);
void bound(nlohmann::json& value, std::size_t bytes);

}  // namespace idpwatch::alerts
