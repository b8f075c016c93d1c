// What is said about a key beside its material and its kid: the text that tells whether "other
// public members than when last seen" are published (docs/timeline.md), and the difference of two.
//
// A text is a JSON object, or, where a key stands more than once under one kid, a sorted array of
// such objects. Values longer than 64 bytes stand as "sha256:<hex>", so that a certificate chain in
// every key of every authority is not kept in memory twice.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::model {

// Of one element of "keys".
std::string key_metadata(const nlohmann::json& element);
// Of a key that stands under one kid as often as there are texts (one at least).
std::string joined_metadata(std::vector<std::string> texts);

struct MetadataChange {
  std::vector<std::string> fields;   // members that differ, sorted
  std::string old_value, new_value;  // JSON: an object with these members; arrays stand whole
};

MetadataChange metadata_change(std::string_view before, std::string_view after);

}  // namespace idpwatch::model
