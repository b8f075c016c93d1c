// Whose file this is, of which version, and how it becomes one of ours: application_id and
// user_version, the migrations, the settings of the writing connection.
#pragma once

#include "base/result.hpp"
#include "storage/migrations.hpp"

#include <cstdint>
#include <span>

namespace idpwatch::storage {

class Database;

inline constexpr std::int64_t kApplicationId = 0x69647077;  // "idpw", at byte 68 of the file

enum class Identity { kEmpty, kOurs };

// kConfig: another program's database, or of a newer idpwatch than `newest`.
base::Result<Identity> identify(Database& database, int newest);

// WAL, synchronous=FULL and what goes with them. Changes nothing but the journal mode.
base::Status configure_writer(Database& database, int cache_kib);

// Applies what is missing, in one transaction that sets user_version: the file is of the old
// version or of the newest, never of one between.
base::Status migrate(Database& database, std::span<const Migration> all);

// Everything that the migrations up to the file's version make is there, word for word. What
// somebody added is left alone.
base::Result<bool> has_our_schema(Database& database, std::span<const Migration> all);

}  // namespace idpwatch::storage
