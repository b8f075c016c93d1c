// The `old` and `new` of events about members of documents, safe to stand in the audit chain: only
// what RFC 8785 and our writer spell alike (docs/storage.md). Numbers that are no plain integers,
// and names outside ASCII, make a value stand as a string that holds its JSON text.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::model {

// JSON object text of (name, JSON text) pairs. A text that is no JSON stands as a string.
std::string event_object(const std::vector<std::pair<std::string, std::string>>& members);
// One JSON text, made safe.
std::string event_value(std::string_view text);

}  // namespace idpwatch::model
