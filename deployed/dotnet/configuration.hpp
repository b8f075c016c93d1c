// The merged configuration of a .NET application: layers of (key path -> value), the later layer
// over the earlier one key by key. Keys are compared without regard to case; a list is the keys
// "List:0", "List:1", so that layers merge lists index by index and never shorten one.
//
// Knows nothing about files (dotnet_layers.hpp) or what a key means. Pure value.
//
// Source: Microsoft.Extensions.Configuration, ConfigurationRoot and ConfigurationKeyComparer.
#pragma once

#include "model/validator_settings.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::deployed {

struct ConfigurationValue {
  std::string path;  // as spelled by the layer that set it
  std::string text;
  bool null = false;  // an explicit null: it hides what lies below, and reads as absent
  model::Origin origin;
};

class Configuration {
 public:
  // A later call wins over an earlier one.
  void set(ConfigurationValue value);

  // nullptr when no layer has the key, or the last that has it says null.
  [[nodiscard]] const ConfigurationValue* get(std::string_view path) const;
  // Names of the direct children, numbers first and in their order, then text, spelled as first
  // set. An empty path means the root. A key that is null is a child all the same.
  [[nodiscard]] std::vector<std::string> children(std::string_view path) const;
  [[nodiscard]] bool has_children(std::string_view path) const;
  // The first place at which anything of this section stands.
  [[nodiscard]] model::Origin origin_of_section(std::string_view path) const;

 private:
  struct Entry {
    ConfigurationValue value;
    std::string first_path;  // as spelled by the lowest layer that has it
    std::size_t order = 0;   // in which it came
  };
  std::map<std::string, Entry, std::less<>> values_;  // by lower-case path
};

// "A" + "B" = "A:B"; an empty parent gives the child.
[[nodiscard]] std::string join_path(std::string_view parent, std::string_view child);

}  // namespace idpwatch::deployed
