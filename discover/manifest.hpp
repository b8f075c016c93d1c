// The containers that Kubernetes manifests describe: command, variables and the files of
// ConfigMaps, as far as the manifests given hold them. A value that a Secret or another object
// brings is unknown, and named.
//
// Pure. Documents are read as our own configuration is (config/tree.hpp): bounded, without anchors.
#pragma once

#include "config/tree.hpp"
#include "deployed/core/deployed_environment.hpp"
#include "deployed/core/deployed_file.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::discover {

struct ManifestContainer {
  std::string workload;   // "Deployment shop/orders"
  std::string name;       // of the workload
  std::string container;  // of the pod, where it has several
  std::string place;      // "orders.yaml:12"
  std::vector<std::string> command;
  deployed::Environment environment;
  std::vector<std::string> unknown;  // "ORDERS_KEY (Secret orders)"
  std::vector<deployed::DeployedFile> files;
};

struct ManifestProblem {
  std::string path;
  std::string why;
};

class Manifests {
 public:
  static constexpr std::size_t kDocumentsMax = 2'000;

  // All documents of one file.
  void add(const std::string& path, std::string_view bytes);
  [[nodiscard]] std::vector<ManifestContainer> containers() const;
  [[nodiscard]] const std::vector<ManifestProblem>& problems() const { return problems_; }

 private:
  struct Document {
    std::string path;
    config::Node root;
  };
  using Data = std::map<std::string, std::string>;

  void add_document(const std::string& path, std::string_view bytes, int lines_before);
  void add_object(const std::string& path, config::Node&& root);
  void take_environment(ManifestContainer& container, const config::Node& node) const;
  void take_from(ManifestContainer& container, const config::Node& node) const;
  void take_files(ManifestContainer& container, const config::Node& node,
                  const config::Node& pod) const;
  void add_pod(std::vector<ManifestContainer>& out, const Document& document,
               const config::Node& pod) const;

  std::vector<Document> workloads_;
  std::map<std::string, Data> config_maps_;          // by name
  std::map<std::string, std::string> config_files_;  // where each stands
  std::vector<ManifestProblem> problems_;
};

}  // namespace idpwatch::discover
