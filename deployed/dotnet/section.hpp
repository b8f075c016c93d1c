// Typed access to one section of a Configuration: text, flags, time spans and lists, each with its
// place, parsed as .NET parses them. Remembers the first text that .NET could not parse.
//
// A view: the Configuration must outlive it. Pure.
#pragma once

#include "deployed/dotnet/configuration.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::deployed {

class Section {
 public:
  Section(const Configuration& configuration, std::string path)
      : configuration_(&configuration), path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool exists() const { return configuration_->has_children(path_); }
  [[nodiscard]] bool has(std::string_view key) const;  // a value or children
  [[nodiscard]] model::Origin origin() const { return configuration_->origin_of_section(path_); }
  [[nodiscard]] std::vector<std::string> keys() const { return configuration_->children(path_); }
  [[nodiscard]] Section child(std::string_view key) const;

  // The value of `key`, nullptr when absent or null; an empty text is a value.
  [[nodiscard]] const ConfigurationValue* value(std::string_view key) const;
  // Absent when empty, too: string.IsNullOrEmpty is how the options look at it.
  [[nodiscard]] model::TextSetting text(std::string_view key) const;
  // The first of several names that has a text.
  [[nodiscard]] model::TextSetting text(std::initializer_list<std::string_view> keys) const;
  // The elements "key:0", "key:1"... in order (a null one is ""); absent when there are none.
  [[nodiscard]] model::ListSetting list(std::string_view key) const;
  // A scalar or a list under one of several names.
  [[nodiscard]] model::ListSetting scalar_or_list(
      std::initializer_list<std::string_view> keys) const;
  // Absent when empty. A text that .NET cannot parse makes fault().
  [[nodiscard]] model::FlagSetting flag(std::string_view key);
  [[nodiscard]] model::DurationSetting time_span(std::string_view key);

  [[nodiscard]] const std::optional<model::StartFault>& fault() const { return fault_; }

 private:
  const Configuration* configuration_;
  std::string path_;
  std::optional<model::StartFault> fault_;
};

// The elements of both, the first one's place kept; absent only if both are.
[[nodiscard]] model::ListSetting join_lists(const model::ListSetting& a,
                                            const model::ListSetting& b);
[[nodiscard]] model::ListSetting as_list(const model::TextSetting& text);

}  // namespace idpwatch::deployed
