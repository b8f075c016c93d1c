// JSON: base::parse_json decides what is valid, base::read_located_json says on which line it is.
#include "base/json.hpp"
#include "base/located_json.hpp"
#include "base/text.hpp"
#include "config/tree.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace idpwatch::config {
namespace {

using Lines = std::map<std::string, int, std::less<>>;

// The lines of all leaves and, by their first leaf, of what holds them.
Lines lines_of(const base::LocatedJson& located) {
  Lines lines;
  for (const base::LocatedValue& leaf : located.values) {
    std::string_view path = leaf.path;
    while (lines.emplace(path, leaf.line).second) {
      const std::size_t colon = path.rfind(':');
      if (colon == std::string_view::npos) break;
      path = path.substr(0, colon);
    }
  }
  return lines;
}

struct Work {
  const base::Json* from;
  Node* into;
  std::string path;
};

// A number stands for itself as text; quoted tells text from what looks like a number.
void fill_scalar(const base::Json& from, Node& into) {
  into.kind = Node::Kind::kScalar;
  into.quoted = from.is_string();
  into.text = from.is_string() ? from.get<std::string>() : from.dump();
}

void fill(const Work& work, const Lines& lines, std::vector<Work>& more) {
  const auto below = [&](const std::string& name) {
    return work.path.empty() ? name : work.path + ":" + name;
  };
  const auto place_of = [&](const std::string& path) {
    const auto found = lines.find(path);
    return Place{work.into->place.file,
                 found == lines.end() ? work.into->place.line : found->second};
  };
  if (work.from->is_null()) return;
  if (work.from->is_array()) {
    work.into->kind = Node::Kind::kList;
    work.into->items.resize(work.from->size());
    for (std::size_t i = 0; i < work.from->size(); ++i) {
      const std::string path = below(fmt::format("{}", i));
      work.into->items[i].place = place_of(path);
      more.push_back({&(*work.from)[i], &work.into->items[i], path});
    }
  } else if (work.from->is_object()) {
    work.into->kind = Node::Kind::kMap;
    work.into->members.resize(work.from->size());
    std::size_t i = 0;
    for (const auto& [name, value] : work.from->items()) {
      Member& member = work.into->members[i++];
      const std::string path = below(name);
      member.name = name;
      member.place = member.value.place = place_of(path);
      more.push_back({&value, &member.value, path});
    }
  } else {
    fill_scalar(*work.from, *work.into);
  }
}

// What the lenient reader takes (comments, trailing commas) the strict one refuses "at byte N".
int line_of_fault(std::string_view bytes, const std::string& message) {
  constexpr std::string_view kAt = "at byte ";
  const std::size_t at = message.find(kAt);
  std::size_t offset = 0;
  if (at == std::string::npos) return 0;
  std::from_chars(message.data() + at + kAt.size(), message.data() + message.size(), offset);
  const std::string_view before = bytes.substr(0, offset);
  return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
}

bool has_wide_object(const base::Json& document) {
  std::vector<const base::Json*> work{&document};
  while (!work.empty()) {
    const base::Json* next = work.back();
    work.pop_back();
    if (next->is_object() && next->size() > kMembersMax) return true;
    if (!next->is_structured()) continue;
    for (const base::Json& child : *next) work.push_back(&child);
  }
  return false;
}

}  // namespace

Node parse_json(std::string_view bytes, const std::string& file, ConfigProblems& problems) {
  Node root;
  root.kind = Node::Kind::kMap;
  root.place = {std::make_shared<const std::string>(file), 0};
  const auto located = base::read_located_json(bytes, {.bytes = kFileBytesMax, .depth = kDepthMax});
  if (!located) {
    const base::JsonFault& fault = located.error();
    add_problem(problems, {root.place.file, fault.line}, {}, "this is not JSON: " + fault.message,
                fault.hint);
    return root;
  }
  const auto document = base::parse_json(bytes, {.bytes = kFileBytesMax, .depth = kDepthMax});
  if (!document) {
    const std::string& message = document.error().message;
    add_problem(problems, {root.place.file, line_of_fault(bytes, message)}, {},
                "this is " + message, document.error().hint);
    return root;
  }
  for (const base::LocatedDuplicate& duplicate : located->duplicates) {
    add_problem(problems, {root.place.file, duplicate.second_line}, base::printable(duplicate.path),
                fmt::format("duplicate key; the first one is on line {}", duplicate.first_line),
                "keep one of them");
  }
  if (located->duplicates.empty()) {
    for (const std::string& path : document->duplicates) {
      add_problem(problems, root.place, base::printable(path), "duplicate key", "keep one of them");
    }
  }
  if (has_wide_object(*document->value)) {
    add_problem(problems, root.place, {},
                fmt::format("more than {} keys in one place", kMembersMax));
    return root;
  }
  const Lines lines = lines_of(*located);
  std::vector<Work> work{{document->value.get(), &root, ""}};
  while (!work.empty()) {
    const Work next = std::move(work.back());
    work.pop_back();
    fill(next, lines, work);
  }
  return root;
}

}  // namespace idpwatch::config
