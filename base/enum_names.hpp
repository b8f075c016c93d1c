// The texts of an enumeration whose values count from 0: one table, read both ways. It does not
// compile while a value has no text, or stands out of its order.
//
//   constexpr base::EnumNames<Severity> kSeverities{{Severity::kInfo, "info"}, ...};
//   kSeverities.text(Severity::kInfo)  // "info"
//   kSeverities.value("info")          // Severity::kInfo; nullopt for what is no text of it
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace idpwatch::base {

namespace enum_names {

// The compilers spell what is not an enumerator as a cast: "(Severity)4".
template <auto Value>
consteval bool is_enumerator() {
  const std::string_view name = __PRETTY_FUNCTION__;
  const std::string_view before = "Value = ";
  return name.substr(name.find(before) + before.size()).front() != '(';
}

template <class Enum, std::size_t First = 0>
consteval std::size_t count() {
  if constexpr (is_enumerator<static_cast<Enum>(First)>()) {
    return count<Enum, First + 1>();
  } else {
    return First;
  }
}

// Not constexpr: calling them is the error that the compiler shows.
void every_value_needs_one_text();
void values_stand_in_their_order();

}  // namespace enum_names

template <class Enum>
struct EnumName {
  Enum value;
  std::string_view text;
};

template <class Enum>
class EnumNames {
 public:
  static constexpr std::size_t kCount = enum_names::count<Enum>();

  consteval EnumNames(std::initializer_list<EnumName<Enum>> rows) {
    if (rows.size() != kCount) enum_names::every_value_needs_one_text();
    std::size_t index = 0;
    for (const EnumName<Enum>& row : rows) {
      if (row.value != static_cast<Enum>(index)) enum_names::values_stand_in_their_order();
      texts_[index++] = row.text;
    }
  }

  [[nodiscard]] constexpr std::string_view text(Enum value) const {
    return texts_.at(static_cast<std::size_t>(value));
  }

  [[nodiscard]] constexpr std::optional<Enum> value(std::string_view text) const {
    for (std::size_t index = 0; index < kCount; ++index) {
      if (texts_[index] == text) return static_cast<Enum>(index);
    }
    return std::nullopt;
  }

 private:
  std::array<std::string_view, kCount> texts_;
};

}  // namespace idpwatch::base
