// The versions of the schema, in order, embedded at build time from migrations/NNN_*.sql. A
// migration that was released never changes; schema.sql is their sum.
#pragma once

#include <span>
#include <string_view>

namespace idpwatch::storage {

struct Migration {
  int version;  // from 1, without gaps
  std::string_view name;
  std::string_view sql;
};

std::span<const Migration> migrations();

}  // namespace idpwatch::storage
