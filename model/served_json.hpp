// JSON as authorities serve it: parsed as base/json.hpp does, but for a UTF-8 byte order mark at
// its beginning, which RFC 8259 section 8.1 lets a parser ignore and the validators do ignore.
#pragma once

#include "base/json.hpp"

#include <string_view>

namespace idpwatch::model {

inline base::Result<base::JsonDocument> parse_served_json(std::string_view body,
                                                          const base::JsonLimits& limits = {}) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (body.starts_with(kMark)) body.remove_prefix(kMark.size());
  return base::parse_json(body, limits);
}

}  // namespace idpwatch::model
