// Observation records into the store of a running daemon: handed in whole through its admin
// listener, then followed until they are stored.
#pragma once

#include "base/result.hpp"
#include "daemon/config.hpp"
#include "daemon/importer.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace idpwatch::cli {

// `config` names the daemon. kInput: it refused the file, nothing of it is stored; kUnreachable: it
// does not answer, or is busy; kStorage: it could not store all.
base::Result<daemon::ImportReport> import_by_daemon(
    const daemon::Config& config, const std::string& name, std::string_view text,
    const std::function<void(std::int64_t records, std::int64_t of)>& progress);

}  // namespace idpwatch::cli
