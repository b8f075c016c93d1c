#include "discover/manifest.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::discover {

namespace {

using config::Node;

const Node& child(const Node& node, std::string_view name) {
  static const Node nothing;
  const config::Member* found = node.find(name);
  return found == nullptr ? nothing : found->value;
}

std::string text_of(const Node& node, std::string_view name) { return child(node, name).text; }

std::string name_of(const Node& object) { return text_of(child(object, "metadata"), "name"); }

std::string place_of(const Node& node) {
  return (node.place.file ? *node.place.file : std::string()) + ":" +
         std::to_string(node.place.line);
}

// Where the kinds keep their pods.
const Node& pod_of(const Node& object) {
  const Node& spec = child(object, "spec");
  if (text_of(object, "kind") == "Pod") return spec;
  if (text_of(object, "kind") == "CronJob") {
    return child(child(child(child(spec, "jobTemplate"), "spec"), "template"), "spec");
  }
  return child(child(spec, "template"), "spec");
}

std::vector<std::string> texts(const Node& list) {
  std::vector<std::string> out;
  out.reserve(list.items.size());
  for (const Node& item : list.items) out.push_back(item.text);
  return out;
}

// NOLINTNEXTLINE(misc-no-recursion): the depth was bounded when the document was parsed.
void shift(Node& node, int lines) {
  node.place.line += lines;
  for (Node& item : node.items) shift(item, lines);
  for (config::Member& member : node.members) {
    member.place.line += lines;
    shift(member.value, lines);
  }
}

}  // namespace

void Manifests::add(const std::string& path, std::string_view bytes) {
  std::size_t begin = 0, at = 0;
  int line = 0, begun = 0;
  while (at <= bytes.size()) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    const std::string_view text = bytes.substr(at, end - at);
    if (text == "---" || text.starts_with("--- ") || text == "---\r") {
      add_document(path, bytes.substr(begin, at - begin), begun);
      begin = std::min(end + 1, bytes.size());
      begun = line + 1;
    }
    ++line;
    at = end + 1;
  }
  add_document(path, bytes.substr(begin), begun);
}

void Manifests::add_document(const std::string& path, std::string_view bytes, int lines_before) {
  if (base::trim(bytes).empty() || workloads_.size() >= kDocumentsMax) return;
  config::ConfigProblems problems;
  Node root = config::parse_yaml(bytes, path, problems);
  if (!problems.empty()) {
    problems_.push_back({path + ":" + std::to_string(problems.front().line + lines_before),
                         problems.front().message});
    return;
  }
  shift(root, lines_before);
  if (text_of(root, "kind") != "List") return add_object(path, std::move(root));
  if (config::Member* items = root.find("items"); items != nullptr) {
    for (Node& item : items->value.items) add_object(path, std::move(item));
  }
}

void Manifests::add_object(const std::string& path, Node&& root) {
  if (text_of(root, "kind") == "ConfigMap") {
    Data& data = config_maps_[name_of(root)];
    for (const config::Member& member : child(root, "data").members) {
      data[member.name] = member.value.text;
    }
    config_files_[name_of(root)] = path;
  } else if (!pod_of(root).members.empty()) {
    workloads_.push_back({path, std::move(root)});
  }
}

void Manifests::take_from(ManifestContainer& container, const Node& node) const {
  for (const Node& source : child(node, "envFrom").items) {
    const std::string map = text_of(child(source, "configMapRef"), "name");
    const auto found = config_maps_.find(map);
    if (found == config_maps_.end()) {
      const std::string secret = text_of(child(source, "secretRef"), "name");
      container.unknown.push_back(secret.empty() ? "all of ConfigMap " + map
                                                 : "all of Secret " + secret);
      continue;
    }
    for (const auto& [name, value] : found->second) {
      const std::string variable = text_of(source, "prefix") + name;
      container.environment.push_back({variable, value, {config_files_.at(map), 0, variable}});
    }
  }
}

void Manifests::take_environment(ManifestContainer& container, const Node& node) const {
  take_from(container, node);
  for (const Node& variable : child(node, "env").items) {
    const std::string name = text_of(variable, "name");
    const Node& from = child(variable, "valueFrom");
    if (from.members.empty()) {
      const Node& value = child(variable, "value");
      const int line = variable.place.line;
      container.environment.push_back(
          {name, value.text, {variable.place.file ? *variable.place.file : "", line, name}});
      continue;
    }
    const Node& key = child(from, "configMapKeyRef");
    const auto map = config_maps_.find(text_of(key, "name"));
    if (map != config_maps_.end() && map->second.contains(text_of(key, "key"))) {
      container.environment.push_back(
          {name, map->second.at(text_of(key, "key")), {config_files_.at(map->first), 0, name}});
    } else {
      container.unknown.push_back(name + " (" + from.members.front().name + ")");
    }
  }
}

void Manifests::take_files(ManifestContainer& container, const Node& node, const Node& pod) const {
  for (const Node& mount : child(node, "volumeMounts").items) {
    for (const Node& volume : child(pod, "volumes").items) {
      if (text_of(volume, "name") != text_of(mount, "name")) continue;
      const auto map = config_maps_.find(text_of(child(volume, "configMap"), "name"));
      if (map == config_maps_.end()) continue;
      const std::string only = text_of(mount, "subPath");
      for (const auto& [name, bytes] : map->second) {
        if (!only.empty() && only != name) continue;
        container.files.push_back(
            {config_files_.at(map->first) + "/ConfigMap/" + map->first + "/" + name, bytes, true});
      }
    }
  }
}

void Manifests::add_pod(std::vector<ManifestContainer>& out, const Document& document,
                        const Node& pod) const {
  const Node& root = document.root;
  const std::string space = text_of(child(root, "metadata"), "namespace");
  for (const Node& node : child(pod, "containers").items) {
    ManifestContainer container;
    container.name = name_of(root);
    container.workload =
        text_of(root, "kind") + " " + (space.empty() ? "" : space + "/") + container.name;
    container.container = text_of(node, "name");
    container.place = place_of(node);
    container.command = texts(child(node, "command"));
    for (std::string& word : texts(child(node, "args"))) {
      container.command.push_back(std::move(word));
    }
    take_environment(container, node);
    take_files(container, node, pod);
    out.push_back(std::move(container));
  }
}

std::vector<ManifestContainer> Manifests::containers() const {
  std::vector<ManifestContainer> out;
  for (const Document& document : workloads_) add_pod(out, document, pod_of(document.root));
  return out;
}

}  // namespace idpwatch::discover
