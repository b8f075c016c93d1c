#include "watch/route_reading.hpp"

#include "base/digest.hpp"
#include "base/mutex.hpp"
#include "base/text.hpp"
#include "deployed/core/process_facts.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace idpwatch::watch {

namespace {

using deployed::EnvironmentRead;
using deployed::StoreFile;
using deployed::StoreSource;

constexpr std::size_t kEnvironmentMax = std::size_t{1024} * 1024;
constexpr std::size_t kFileMax = std::size_t{2} * 1024 * 1024;
constexpr std::size_t kBytesMax = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kSourcesMax = 16;
constexpr std::size_t kFilesMax = 1024;
constexpr std::size_t kResolverMax = std::size_t{64} * 1024;
constexpr const char* kResolver = "/etc/resolv.conf";

// Where OpenSSL of the distributions looks: Debian and Alpine, Fedora. The links that lead there
// come after what they lead to.
constexpr std::array<const char*, 3> kDefaultFiles{"/etc/pki/tls/cert.pem", "/usr/lib/ssl/cert.pem",
                                                   "/etc/ssl/cert.pem"};
constexpr std::array<const char*, 2> kDefaultFolders{"/etc/pki/tls/certs", "/etc/ssl/certs"};

// Equal contents once, for as long as somebody holds them.
class Shared {
 public:
  std::shared_ptr<const std::string> of(std::string bytes) {
    const std::string digest = base::sha256_hex(bytes);
    const base::MutexLock lock(mutex_);
    std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
    auto& known = known_[digest];
    if (auto there = known.lock()) return there;
    auto made = std::make_shared<const std::string>(std::move(bytes));
    known = made;
    return made;
  }

 private:
  base::Mutex mutex_;
  std::map<std::string, std::weak_ptr<const std::string>> known_ IDPWATCH_GUARDED_BY(mutex_);
};

Shared& shared() {
  static auto* const all = new Shared;  // a thread that hangs may outlive main()
  return *all;
}

// "5ed36f99.0" (openssl-rehash(1)).
bool is_hash_name(std::string_view path) {
  constexpr std::size_t kDigits = 8;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.size() < kDigits + 2 || name[kDigits] != '.') return false;
  const auto hex = name.substr(0, kDigits);
  const auto number = name.substr(kDigits + 1);
  return hex.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         number.find_first_not_of("0123456789") == std::string_view::npos;
}

// Set in the images of .NET.
bool says_container(const deployed::Environment& variables) {
  const auto* told = deployed::variable_of(variables, "DOTNET_RUNNING_IN_CONTAINER");
  return told != nullptr && (told->value == "true" || told->value == "1");
}

}  // namespace

RouteReading::RouteReading(const config::DeploymentConfig& deployment, std::optional<int> pid,
                           const deployed::Environment& named, const FileAccess& files)
    : files_(files) {
  facts_.declared = deployment.route.declared();
  facts_.variables = deployed::route_variables(named);
  if (deployment.environment_file || !named.empty()) facts_.read = EnvironmentRead::kPart;
  if (facts_.declared.same_place == true) {
    facts_.store.own_files = true;
  } else if (pid) {
    find_root(*pid);
  }
  if (pid) read_process(*pid);
  if (says_container(facts_.variables)) facts_.in_container = true;
  if (facts_.declared.same_place == true) facts_.in_container = false;
  find_sources();
}

// Through /proc/PID/root, by whatever mounts it sees; often only root may look.
void RouteReading::find_root(int pid) {
  const std::string root = "/proc/" + std::to_string(pid) + "/root";
  if (files_.stamp(root + "/etc") == "-") return;
  root_ = root;
  facts_.store.own_files = true;
}

void RouteReading::read_process(int pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/environ";
  if (auto bytes = files_.read(path, kEnvironmentMax); bytes && !bytes->empty()) {
    facts_.variables = deployed::route_variables(deployed::process_environment(path, *bytes));
    facts_.read = EnvironmentRead::kWhole;
  }
  const std::string cgroup = "/proc/" + std::to_string(pid) + "/cgroup";
  if (const auto bytes = files_.read(cgroup, kResolverMax)) {
    facts_.in_container = deployed::process_place(*bytes).contained;
  }
  const auto network = [this](const std::string& process) {
    return files_.stamp("/proc/" + process + "/ns/net");
  };
  const std::string theirs = network(std::to_string(pid));
  facts_.same_network = theirs != "-" && theirs == network("self");
  if (root_.empty()) return;
  const auto own = files_.read(files_.within(root_, kResolver), kResolverMax);
  const auto ours = files_.read(kResolver, kResolverMax);
  if (own && (!ours || *ours != *own)) facts_.resolver = deployed::read_resolver(*own);
}

std::string RouteReading::here(const std::string& path) const { return files_.within(root_, path); }

void RouteReading::add_source(std::string variable, const std::string& path, bool directory,
                              const model::Origin& origin) {
  if (facts_.store.sources.size() >= kSourcesMax || path.empty()) return;
  StoreSource source;
  source.variable = std::move(variable);
  source.path = path;
  source.directory = directory;
  source.exists = files_.stamp(here(path)) != "-";
  source.origin = origin;
  facts_.store.sources.push_back(std::move(source));
}

void RouteReading::add_variable(const char* name, bool list) {
  const deployed::EnvironmentVariable* variable = deployed::variable_of(facts_.variables, name);
  if (variable == nullptr || variable->value.empty()) return;
  if (!list) return add_source(name, variable->value, false, variable->origin);
  for (const std::string_view path : base::split(variable->value, ':')) {
    add_source(name, std::string(path), true, variable->origin);
  }
}

void RouteReading::find_sources() {
  // Its own, wherever it stands: a path of this host.
  if (const auto& declared = facts_.declared.ca_file) {
    StoreSource source;
    source.variable = "route.ca_file";
    source.path = *declared;
    source.exists = files_.stamp(*declared) != "-";
    facts_.store.sources.push_back(std::move(source));
    return;
  }
  // What is named in a container's environment lies in the container.
  if (!facts_.store.own_files && (facts_.in_container || facts_.read == EnvironmentRead::kNothing ||
                                  facts_.declared.same_place == false)) {
    return;
  }
  add_variable("SSL_CERT_FILE", false);
  add_variable("SSL_CERT_DIR", true);
  add_variable("NODE_EXTRA_CA_CERTS", false);
  // Of another root directory they are ours where the very same files are mounted there.
  bool any = root_.empty(), same = true;
  const auto first = [&](const auto& candidates, bool directory) {
    for (const char* path : candidates) {
      const std::string there = files_.stamp(here(path));
      if (there == "-") continue;
      any = true;
      same = same && there == files_.stamp(path);
      return add_source({}, path, directory, {});
    }
  };
  first(kDefaultFiles, false);
  first(kDefaultFolders, true);
  facts_.store.ours = facts_.store.own_files && any && same;
}

std::string RouteReading::stamp() const {
  std::string text = std::to_string(static_cast<int>(facts_.read));
  for (const deployed::EnvironmentVariable& variable : facts_.variables) {
    text += "\n" + variable.name + "=" + variable.value;
  }
  for (const StoreSource& source : facts_.store.sources) {
    text += "\n" + source.path + " " + files_.stamp(here(source.path));
  }
  if (facts_.resolver) {
    text +=
        "\n" + base::join(facts_.resolver->search, " ") + std::to_string(facts_.resolver->ndots);
  }
  return base::sha256_hex(text);
}

// Of a folder each file once, whatever names it has; that one of them is a hash is what counts.
void RouteReading::read_source(StoreSource& source) const {
  const std::string place = source.variable == "route.ca_file" ? source.path : here(source.path);
  std::vector<std::string> paths{place};
  if (source.directory) paths = files_.expand(place + "/*");
  if (paths.size() > kFilesMax) paths.resize(kFilesMax);
  std::map<std::string, std::size_t> known;  // by stamp, their places
  std::size_t bytes = 0;
  for (const std::string& path : paths) {
    // A link within a folder may lead elsewhere in that root.
    const std::string name =
        source.directory ? source.path + path.substr(place.size()) : source.path;
    const std::string real = source.directory ? here(name) : path;
    const bool hash = is_hash_name(path);
    const auto [entry, added] = known.try_emplace(files_.stamp(real), source.files.size());
    if (!added) {
      if (hash) source.files[entry->second].hash_name = true;
      continue;
    }
    auto read = bytes < kBytesMax ? files_.read(real, kFileMax)
                                  : base::fail(base::ErrorKind::kUnreadable, "too many bytes");
    StoreFile file{name, hash, nullptr};
    if (read) {
      bytes += read->size();
      file.pem = shared().of(std::move(*read));
    }
    // A folder holds other things, too: a folder, a link to nothing.
    const bool counts = file.pem != nullptr || !source.directory;
    if (counts) {
      source.files.push_back(std::move(file));
    } else {
      known.erase(entry);
    }
  }
}

deployed::RouteFacts RouteReading::take() && {
  for (StoreSource& source : facts_.store.sources) {
    if (source.exists) read_source(source);
  }
  return std::move(facts_);
}

}  // namespace idpwatch::watch
