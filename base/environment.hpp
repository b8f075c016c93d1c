// The process environment, copied once: nothing else in the project calls getenv. Tests pass a map.
//
// A value, immutable after construction: safe from every thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace idpwatch::base {

class Environment {
 public:
  using Values = std::map<std::string, std::string, std::less<>>;

  Environment() = default;  // empty
  explicit Environment(Values values) : values_(std::move(values)) {}
  // What this process was started with.
  static Environment of_process();

  // nullopt: not set. An empty value is a value.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
  // nullopt also when empty, as most variables are meant.
  [[nodiscard]] std::optional<std::string> get_nonempty(std::string_view name) const;
  [[nodiscard]] const Values& values() const { return values_; }

 private:
  Values values_;
};

}  // namespace idpwatch::base
