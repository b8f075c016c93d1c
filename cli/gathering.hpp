// What `discover` gathers from a file system: candidates with the bytes of their files. The meaning
// is made by discover/, which is pure.
#pragma once

#include "cli/rooted_files.hpp"
#include "discover/found.hpp"
#include "discover/manifest.hpp"

#include <set>
#include <string>
#include <vector>

namespace idpwatch::cli {

class Gathering {
 public:
  static constexpr std::size_t kServicesMax = 500;

  explicit Gathering(RootedFiles& files) : files_(files) {}

  // Units of systemd with their drop-ins, the running processes, the folders where services usually
  // lie, and the static manifests of a Kubernetes node.
  void usual_places();
  // A file or folder that the user named; an error when it is not there.
  [[nodiscard]] base::Status named(const std::string& path);
  // All that was gathered, in the order in which it was found.
  [[nodiscard]] discover::Discovery finish() &&;

 private:
  void units();
  void unit(const std::string& name, const std::vector<std::string>& paths);
  void processes();
  void process(const std::string& pid);
  void folder(const std::string& path, int depth, bool manifests);
  void look_in(const std::string& path, const std::vector<FolderEntry>& entries, bool manifests);
  void manifest(const std::string& path);
  void add_container(const discover::ManifestContainer& container);
  void add(discover::Candidate candidate);

  void read_unit_environment(discover::Candidate& candidate,
                             const std::vector<std::pair<std::string, bool>>& files);
  // False: no settings of .NET lie there.
  bool fill_dotnet(discover::Candidate& candidate);
  void fill_node(discover::Candidate& candidate, const std::string& script);
  [[nodiscard]] bool is_dotnet(const discover::Program& program) const;
  // Bytes for a candidate; what goes wrong, and what the service could not read, is noted.
  std::optional<std::string> take(const std::string& path, std::size_t bytes_max);
  void not_read(const std::string& path, const base::Error& error);

  RootedFiles& files_;
  discover::Discovery found_;
  std::vector<discover::Candidate> candidates_;
  std::set<std::string> claimed_;     // content roots, by identity
  std::set<std::string> unit_names_;  // whose processes need no second look
  std::set<std::string> visited_;
  std::set<std::string> noted_;
  discover::Manifests manifests_;
};

}  // namespace idpwatch::cli
