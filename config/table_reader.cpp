#include "config/table_reader.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

namespace idpwatch::config {
namespace {

constexpr std::size_t kEntriesMax = 100'000;
constexpr std::size_t kGuessBytesMax = 64;  // longer names are no slips of the finger

// One object, or one list of objects, still to be read.
struct Work {
  const Row* list = nullptr;  // else an object
  const Table* table;
  const Node* node;
  void* owner;
  std::string key;
};

class TreeReader {
 public:
  TreeReader(LeafReader& leaves, ConfigProblems& problems) : leaves_(leaves), problems_(problems) {}

  // In the order of the table, breadth first: `defaults` is read before the lists whose entries
  // start from it.
  Places read(const Node& root, Config& config) {
    work_.push_back({nullptr, &config_table(), &root, &config, ""});
    while (!work_.empty()) {
      const Work next = std::move(work_.front());
      work_.pop_front();
      places_.emplace(next.key, next.node->place);
      if (next.list != nullptr) {
        read_list(next);
      } else {
        read_object(next);
      }
    }
    return std::move(places_);
  }

 private:
  static std::string below(const std::string& key, std::string_view name) {
    return key.empty() ? std::string(name) : fmt::format("{}.{}", key, name);
  }

  void read_list(const Work& list) {
    if (list.node->kind == Node::Kind::kNull) return;
    if (list.list->one_alone && list.node->kind == Node::Kind::kMap) {
      list.list->resize(list.owner, 1);
      work_.push_back({nullptr, list.table, list.node, list.list->at(list.owner, 0), list.key});
      return;
    }
    if (list.node->kind != Node::Kind::kList) {
      add_problem(problems_, list.node->place, list.key, "a list is expected here",
                  "begin each entry with \"- \"");
      return;
    }
    const std::size_t count = list.node->items.size();
    if (count > kEntriesMax) {
      add_problem(problems_, list.node->place, list.key,
                  fmt::format("more than {} entries", kEntriesMax));
      return;
    }
    list.list->resize(list.owner, count);  // once: pointers into it are kept
    for (std::size_t i = 0; i < count; ++i) {
      work_.push_back({nullptr, list.table, &list.node->items[i], list.list->at(list.owner, i),
                       fmt::format("{}[{}]", list.key, i)});
    }
  }

  void read_object(const Work& object) {
    if (object.node->kind != Node::Kind::kMap && object.node->kind != Node::Kind::kNull) {
      add_problem(problems_, object.node->place, object.key, "keys and values are expected here");
      return;
    }
    for (const Row& row : *object.table) read_row(object, row);
    for (const Member& member : object.node->members) {
      if (!known(*object.table, member.name)) unknown(object, member);
    }
  }

  void read_row(const Work& object, const Row& row) {
    const Member* member = object.node->find(row.name);
    const Member* file = row.secret() ? object.node->find(row.name + "_file") : nullptr;
    const std::string key = below(object.key, row.name);
    if (member != nullptr) places_.emplace(key, member->place);
    if (file != nullptr) places_.emplace(key, file->place);
    if (member != nullptr && file != nullptr && file->value.kind != Node::Kind::kNull &&
        member->value.kind != Node::Kind::kNull) {
      add_problem(problems_, file->place, key + "_file",
                  fmt::format("{} and {}_file are mutually exclusive", row.name, row.name),
                  "keep one of them");
      return;
    }
    if (file != nullptr) leaves_.read_secret_file(row, file->value, key + "_file", object.owner);
    if (member == nullptr || (member->value.kind == Node::Kind::kNull && row.required)) {
      if (row.required && file == nullptr) missing(object, row);
      return;
    }
    if (member->value.kind == Node::Kind::kNull && file != nullptr) return;
    if (row.form == Form::kSection) {
      work_.push_back(
          {nullptr, row.table.get(), &member->value, row.object(object.owner, true), key});
    } else if (row.form == Form::kList) {
      work_.push_back({&row, row.table.get(), &member->value, object.owner, key});
    } else {
      leaves_.read(row, member->value, key, object.owner);
    }
  }

  void missing(const Work& object, const Row& row) {
    std::string name = row.name;
    if (row.secret()) name += fmt::format(" (or {}_file)", row.name);
    add_problem(
        problems_, object.node->place, below(object.key, row.name), name + " is missing",
        row.example.empty() ? row.help : fmt::format("for example {}: {}", row.name, row.example));
  }

  static bool known(const Table& table, const std::string& name) {
    return std::any_of(table.begin(), table.end(), [&](const Row& row) {
      return row.name == name || (row.secret() && row.name + "_file" == name);
    });
  }

  void unknown(const Work& object, const Member& member) {
    std::vector<std::string> names;
    for (const Row& row : *object.table) {
      names.push_back(row.name);
      if (row.secret()) names.push_back(row.name + "_file");
    }
    const auto near =
        member.name.size() > kGuessBytesMax ? std::nullopt : base::nearest(member.name, names);
    const std::string name = base::printable(member.name, kGuessBytesMax);
    add_problem(problems_, member.place, below(object.key, name), "unknown key \"" + name + "\"",
                near ? "did you mean " + *near + "?" : "known here: " + base::join(names, ", "));
  }

  LeafReader& leaves_;
  ConfigProblems& problems_;
  std::deque<Work> work_;
  Places places_;
};

}  // namespace

Places read_tree(const Node& root, LeafReader& leaves, Config& config, ConfigProblems& problems) {
  return TreeReader(leaves, problems).read(root, config);
}

}  // namespace idpwatch::config
