// How rows of the table are written: leaf("name", Form, place, {what else}), section(...),
// list_of(...). `place` is a member pointer, or a function from the owner to the member.
#pragma once

#include "base/assert.hpp"
#include "base/enum_names.hpp"
#include "config/fields.hpp"

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::config {

// What else a row says; in the order of Row.
struct About {
  std::string fallback{};
  std::string least{}, most{};
  std::vector<std::string> choices{};
  std::string help{};
  std::string example{};
  bool required = false;
  bool zero_is_off = false;
};

template <auto Outer, auto Inner, class Owner>
auto& nested(Owner& owner) {
  return owner.*Outer.*Inner;
}

inline Row bare_row(std::string name, Form form, About about) {
  Row row;
  row.name = std::move(name);
  row.form = form;
  row.fallback = std::move(about.fallback);
  row.least = std::move(about.least);
  row.most = std::move(about.most);
  row.choices = std::move(about.choices);
  row.help = std::move(about.help);
  row.example = std::move(about.example);
  row.required = about.required;
  row.zero_is_off = about.zero_is_off;
  return row;
}

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsOptional<model::Setting<T>> = true;  // null is a third state there

template <class T>
inline constexpr bool kIsTexts = false;
template <>
inline constexpr bool kIsTexts<std::vector<std::string>> = true;
template <>
inline constexpr bool kIsTexts<model::ListSetting> = true;

template <>
inline constexpr bool kIsTexts<std::vector<model::Severity>> = true;

// How many choices a row for such a member has; 0: any number.
template <class T>
inline constexpr std::size_t kChoices = 0;
template <class Enum>
  requires std::is_enum_v<Enum>
inline constexpr std::size_t kChoices<Enum> = base::EnumNames<Enum>::kCount;
template <class Enum>
inline constexpr std::size_t kChoices<std::optional<Enum>> = kChoices<Enum>;
template <class Enum>
inline constexpr std::size_t kChoices<std::vector<Enum>> = kChoices<Enum>;

// Choices stand in the order of the enumerators.
using Indices = std::vector<std::size_t>;

template <class Enum>
  requires std::is_enum_v<Enum>
Target target_of(Enum& member) {
  return ChoiceTarget{
      [&member](const Indices& chosen) { member = static_cast<Enum>(chosen.at(0)); },
      [&member] { return Indices{static_cast<std::size_t>(member)}; }};
}

template <class Enum>
  requires std::is_enum_v<Enum>
Target target_of(std::optional<Enum>& member) {
  return ChoiceTarget{
      [&member](const Indices& chosen) {
        member.reset();
        if (!chosen.empty()) member = static_cast<Enum>(chosen.front());
      },
      [&member] { return member ? Indices{static_cast<std::size_t>(*member)} : Indices{}; }};
}

template <class Enum>
  requires std::is_enum_v<Enum>
Target target_of(std::vector<Enum>& member) {
  return ChoiceTarget{[&member](const Indices& chosen) {
                        member.clear();
                        for (const std::size_t index : chosen) {
                          member.push_back(static_cast<Enum>(index));
                        }
                      },
                      [&member] {
                        Indices chosen;
                        for (const Enum each : member) {
                          chosen.push_back(static_cast<std::size_t>(each));
                        }
                        return chosen;
                      }};
}

template <class Member>
Target target_of(Member& member) {
  return &member;
}

template <class Owner, class Member>
Row leaf(std::string name, Form form, Member Owner::* place, About about) {
  IDPWATCH_ASSERT(kChoices<Member> == 0 || about.choices.size() == kChoices<Member>);
  Row row = bare_row(std::move(name), form, std::move(about));
  row.nullable = kIsOptional<Member>;
  row.texts = kIsTexts<Member>;
  row.target = [place](void* owner) { return target_of(static_cast<Owner*>(owner)->*place); };
  return row;
}

// place: Member& (Owner&)
template <class Owner, class Member>
Row leaf(std::string name, Form form, Member& (*place)(Owner&), About about) {
  IDPWATCH_ASSERT(kChoices<Member> == 0 || about.choices.size() == kChoices<Member>);
  Row row = bare_row(std::move(name), form, std::move(about));
  row.nullable = kIsOptional<Member>;
  row.texts = kIsTexts<Member>;
  row.target = [place](void* owner) { return target_of(place(*static_cast<Owner*>(owner))); };
  return row;
}

template <class Owner, class Member>
Row section(std::string name, Member Owner::* place, std::shared_ptr<const Table> table,
            std::string help) {
  Row row = bare_row(std::move(name), Form::kSection, {.help = std::move(help)});
  row.table = std::move(table);
  row.object = [place](void* owner, bool) -> void* {
    return &(static_cast<Owner*>(owner)->*place);
  };
  return row;
}

template <class Owner, class Member>
Row section(std::string name, std::optional<Member> Owner::* place,
            std::shared_ptr<const Table> table, std::string help) {
  Row row = bare_row(std::move(name), Form::kSection, {.help = std::move(help)});
  row.table = std::move(table);
  row.object = [place](void* owner, bool create) -> void* {
    std::optional<Member>& member = static_cast<Owner*>(owner)->*place;
    if (!member && create) member.emplace();
    return member ? &*member : nullptr;
  };
  return row;
}

// The rows of a section that has no struct of its own: they belong to the owner itself.
template <class Owner>
Row same_owner_section(std::string name, std::shared_ptr<const Table> table, std::string help) {
  Row row = bare_row(std::move(name), Form::kSection, {.help = std::move(help)});
  row.table = std::move(table);
  row.object = [](void* owner, bool) -> void* { return owner; };
  return row;
}

// `prototype` makes the element that a list grows by, from its owner (defaults).
template <class Owner, class Member>
Row list_of(
    std::string name, std::vector<Member>& (*place)(Owner&), std::shared_ptr<const Table> table,
    std::string help, Member (*prototype)(const Owner&) = [](const Owner&) { return Member{}; }) {
  Row row = bare_row(std::move(name), Form::kList, {.help = std::move(help)});
  row.table = std::move(table);
  row.size = [place](void* owner) { return place(*static_cast<Owner*>(owner)).size(); };
  row.resize = [place, prototype](void* owner, std::size_t count) {
    Owner& self = *static_cast<Owner*>(owner);
    place(self).resize(count, prototype(self));
  };
  row.at = [place](void* owner, std::size_t index) -> void* {
    return &place(*static_cast<Owner*>(owner))[index];
  };
  return row;
}

// A list of such objects, or one of them alone.
template <class Owner, class Member>
Row one_or_many(std::string name, std::vector<Member> Owner::* place,
                std::shared_ptr<const Table> table, std::string help) {
  Row row = bare_row(std::move(name), Form::kList, {.help = std::move(help)});
  row.table = std::move(table);
  row.one_alone = true;
  row.size = [place](void* owner) { return (static_cast<Owner*>(owner)->*place).size(); };
  row.resize = [place](void* owner, std::size_t count) {
    (static_cast<Owner*>(owner)->*place).resize(count);
  };
  row.at = [place](void* owner, std::size_t index) -> void* {
    return &(static_cast<Owner*>(owner)->*place)[index];
  };
  return row;
}

inline std::shared_ptr<const Table> rows(Table table) {
  return std::make_shared<const Table>(std::move(table));
}

}  // namespace idpwatch::config
