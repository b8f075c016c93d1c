// What most subcommands begin with: the configuration, and the database that it names.
#pragma once

#include "cli/options.hpp"
#include "cli/streams.hpp"
#include "config/config_load.hpp"
#include "storage/reader.hpp"

#include <optional>
#include <string>

namespace idpwatch::cli {

// This process, with the profiles that the simulation knows.
config::ConfigWorld config_world();

// One line each, on stderr.
void print_problems(const config::ConfigProblems& problems, Streams& streams);

// The file named, else that of IDPWATCH_CONFIG, else the default one.
std::string config_path(const std::optional<std::string>& named);

// That file. Problems are printed, each on a line of its own; nullopt
// then.
std::optional<config::Config> load_config(const std::optional<std::string>& path, Streams& streams);

// As load_config; when no file is named and the default one does not exist: the defaults.
std::optional<config::Config> load_config_or_defaults(const std::optional<std::string>& path,
                                                      Streams& streams);

// Where the daemon listens, by that configuration, whatever else is wrong with it here.
std::optional<config::Listen> load_listen(const std::optional<std::string>& path, Streams& streams);

// Read-only, by --db, else by the state directory of the configuration. Errors are printed, and
// `code` set.
std::optional<storage::Reader> open_store(const StoreOptions& options, Streams& streams,
                                          ExitCode& code);

// The authority of that name or issuer in our configuration; nullopt: none, or there is no
// configuration. Says nothing about problems.
std::optional<storage::AuthorityInfo> configured(const StoreOptions& options,
                                                 const std::string& name_or_issuer);
// It is configured, and the store does not know it yet.
bool never_stored(storage::Reader& reader, const std::optional<storage::AuthorityInfo>& known);

// A TIME argument, relative to now.
base::Result<base::Instant> time_argument(const std::string& text);

}  // namespace idpwatch::cli
