// What is known of the way of one deployed service to its provider: the variables that decide it,
// how much of its environment was read, the certificates that its files trust, and what its
// resolver makes of a name. Plain values; which of them count is a matter of its stack.
#pragma once

#include "deployed/core/deployed_environment.hpp"
#include "model/declared_route.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::deployed {

// How much of its environment was read.
enum class EnvironmentRead {
  kNothing,
  kPart,  // files that it is started with
  kWhole  // the process itself
};

// One file, or one of a directory, of trusted certificates.
struct StoreFile {
  std::string path;       // as the service names it
  bool hash_name = true;  // "5ed36f99.0": OpenSSL finds no other one in a directory
  std::shared_ptr<const std::string> pem;  // null: it cannot be read
};

struct StoreSource {
  std::string variable;  // SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS, ...; empty: a default
  std::string path;      // as it is written, one of a list
  bool directory = false;
  bool exists = false;
  std::vector<StoreFile> files;
  model::Origin origin;
};

struct StoreFacts {
  // Whether the files of the service are those that were read: by its process, or because it stands
  // in the same place. False: of paths that its environment names, as they are on this host.
  bool own_files = false;
  bool ours = false;  // its root directory is that of idpwatch
  std::vector<StoreSource> sources;
};

// /etc/resolv.conf of its root directory.
struct ResolverFacts {
  std::vector<std::string> search;
  int ndots = 1;
};

struct RouteFacts {
  Environment variables;  // those alone that decide
  EnvironmentRead read = EnvironmentRead::kNothing;
  model::DeclaredRoute declared;
  StoreFacts store;
  std::optional<ResolverFacts> resolver;  // that of another place than idpwatch's
  bool in_container = false;
  bool same_network = false;  // its process shares idpwatch's network namespace
};

// Of an environment, those that any client reads on its way to a provider.
[[nodiscard]] Environment route_variables(const Environment& environment);
// resolv.conf(5): the last `search` or `domain` counts, and the greatest `ndots` is 15.
[[nodiscard]] ResolverFacts read_resolver(std::string_view bytes);
// As it is called, upper and lower case told apart; the last one counts.
[[nodiscard]] const EnvironmentVariable* variable_of(const Environment& environment,
                                                     std::string_view name);
// "/etc/orders/env:2", "the process", for people.
[[nodiscard]] std::string place_of(const EnvironmentVariable& variable);

}  // namespace idpwatch::deployed
