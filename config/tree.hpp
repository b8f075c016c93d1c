// A configuration file as a tree in which every value knows its place: what YAML and JSON have in
// common, before any meaning. Duplicate keys are problems, anchors and aliases are refused (an
// alias may stand for a billion others), size, depth and count are bounded.
//
// Pure.
#pragma once

#include "config/config_load.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::config {

inline constexpr std::size_t kFileBytesMax = std::size_t{8} * 1024 * 1024;
inline constexpr std::size_t kDepthMax = 16;
inline constexpr std::size_t kNodesMax = 1'000'000;
inline constexpr std::size_t kMembersMax = 1000;  // of one map: look-ups in it are linear

struct Place {
  std::shared_ptr<const std::string> file;
  int line = 0;
};

struct Member;

struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  Place place;
  std::string text;     // of a scalar
  bool quoted = false;  // a quoted scalar is text whatever it looks like
  bool broken = false;  // a problem was reported already: not worth a second one
  std::vector<Node> items;
  std::vector<Member> members;  // in the order of the file, names unique

  [[nodiscard]] const Member* find(std::string_view name) const;
  [[nodiscard]] Member* find(std::string_view name);
};

struct Member {
  std::string name;
  Place place;  // of the name
  Node value;
};

// The root is always a map; an empty file is an empty map. What is wrong goes to `problems`; what
// could be read is given back all the same.
Node parse_yaml(std::string_view bytes, const std::string& file, ConfigProblems& problems);
Node parse_json(std::string_view bytes, const std::string& file, ConfigProblems& problems);

// `over` onto `base`: maps member by member, lists append, everything else replaces.
void merge(Node& base, Node&& over);

// ${VAR} and ${VAR:-default} in every scalar; $${ is a literal ${. A name that is not set and has
// no default is a problem.
void expand_variables(Node& root, const base::Environment& environment, ConfigProblems& problems);

// Nothing more is listed: what it would say need not be worked out.
[[nodiscard]] bool is_full(const ConfigProblems& problems);
void add_problem(ConfigProblems& problems, const Place& place, std::string key, std::string message,
                 std::string hint = {});

}  // namespace idpwatch::config
