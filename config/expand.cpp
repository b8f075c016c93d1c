#include "base/text.hpp"
#include "config/tree.hpp"

#include <fmt/format.h>

#include <utility>

namespace idpwatch::config {
namespace {

bool is_name(std::string_view text) {
  constexpr std::string_view kFirst = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  if (text.empty() || kFirst.find(text.front()) == std::string_view::npos) return false;
  return text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") ==
         std::string_view::npos;
}

class Expansion {
 public:
  Expansion(const base::Environment& environment, ConfigProblems& problems)
      : environment_(environment), problems_(problems) {}

  void expand(Node& node, const std::string& key) {
    std::size_t at = node.text.find("${");
    if (at == std::string::npos) return;
    const std::string text = std::exchange(node.text, {});
    std::size_t done = 0;
    while (at != std::string::npos) {
      if (at > done && text[at - 1] == '$') {
        node.text += text.substr(done, at - 1 - done) + "${";
        done = at + 2;
      } else {
        node.text += text.substr(done, at - done);
        const std::size_t end = text.find('}', at);
        if (end == std::string::npos) {
          add_problem(problems_, node.place, key, "${ without its }",
                      "write ${NAME} or ${NAME:-default}; $${ is a literal ${");
          node.broken = true;
          return;
        }
        node.text += value_of(std::string_view(text).substr(at + 2, end - at - 2), node, key);
        node.quoted = false;
        done = end + 1;
      }
      at = text.find("${", done);
    }
    node.text += text.substr(done);
  }

 private:
  std::string value_of(std::string_view inside, Node& node, const std::string& key) {
    const std::size_t dash = inside.find(":-");
    const std::string_view name = inside.substr(0, dash);
    if (!is_name(name)) {
      node.broken = true;
      add_problem(problems_, node.place, key,
                  fmt::format("\"{}\" is not a variable name", base::printable(name, 60)),
                  "write ${NAME} or ${NAME:-default}; $${ is a literal ${");
      return {};
    }
    const bool has_default = dash != std::string_view::npos;
    // As in a shell, :- stands in for an empty value too.
    const auto value = has_default ? environment_.get_nonempty(name) : environment_.get(name);
    if (value) return base::repair_utf8(*value);
    if (has_default) return std::string(inside.substr(dash + 2));
    node.broken = true;
    add_problem(problems_, node.place, key,
                fmt::format("the environment variable {} is not set", name),
                fmt::format("set it, or give a default: ${{{}:-default}}", name));
    return {};
  }

  const base::Environment& environment_;
  ConfigProblems& problems_;
};

}  // namespace

void expand_variables(Node& root, const base::Environment& environment, ConfigProblems& problems) {
  Expansion expansion(environment, problems);
  std::vector<std::pair<Node*, std::string>> work{{&root, ""}};
  while (!work.empty()) {
    const auto [node, key] = std::move(work.back());
    work.pop_back();
    if (node->kind == Node::Kind::kScalar) expansion.expand(*node, key);
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      work.emplace_back(&node->items[i], fmt::format("{}[{}]", key, i));
    }
    for (Member& member : node->members) {
      work.emplace_back(&member.value, key.empty() ? member.name : key + "." + member.name);
    }
  }
}

}  // namespace idpwatch::config
