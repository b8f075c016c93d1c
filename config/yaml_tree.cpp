// yaml-cpp as an event parser: it calls us for every scalar, so bounds are kept while reading, and
// its own tree, which takes duplicate keys silently and expands aliases, is never built.
#include "base/text.hpp"
#include "config/tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

namespace idpwatch::config {
namespace {

// Thrown by the handler to leave yaml-cpp; caught in parse_yaml.
struct Refused {
  int line;
  std::string message;
  std::string hint;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view bytes, const std::string& file, ConfigProblems& problems)
      : bytes_(bytes), file_(std::make_shared<const std::string>(file)), problems_(problems) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    if (open_.empty() || open_.back().kind == Node::Kind::kList || open_.back().has_name) {
      add(make(Node::Kind::kNull, mark));
    } else {
      take_name("", mark);
    }
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_anchor(mark, 1); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    if (!open_.empty() && open_.back().kind == Node::Kind::kMap && !open_.back().has_name) {
      take_name(value, mark);
      return;
    }
    Node node = make(Node::Kind::kScalar, mark);
    node.text = value;
    node.quoted = tag == "!";
    if (node.quoted && !quote_is_closed(mark)) {
      throw Refused{node.place.line, "the quote that opens here is never closed", "close it"};
    }
    if (tag != "!" && tag != "?" && !tag.empty()) {
      throw Refused{node.place.line,
                    "a tag (!" + base::printable(tag, 40) + ") has no meaning here",
                    "write the value without it"};
    }
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::kList, mark, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::kMap, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  [[nodiscard]] Node take_root() { return std::move(root_); }
  [[nodiscard]] const std::shared_ptr<const std::string>& file() const { return file_; }

 private:
  struct Open {
    Node node;
    Node::Kind kind;
    bool has_name = false;  // a map whose next value belongs to `name`
    std::string name;
    Place name_place;
    std::map<std::string, int> seen;  // name -> line
  };

  static int line_of(const YAML::Mark& mark) { return mark.line + 1; }

  // yaml-cpp 0.7 ends an open quoted scalar quietly at the end of a file that ends in a newline.
  [[nodiscard]] bool quote_is_closed(const YAML::Mark& mark) const {
    const auto start = static_cast<std::size_t>(std::max(mark.pos, 0));
    if (start >= bytes_.size() || (bytes_[start] != '"' && bytes_[start] != '\'')) return true;
    const char quote = bytes_[start];
    for (std::size_t i = start + 1; i < bytes_.size(); ++i) {
      if (quote == '"' && bytes_[i] == '\\') {
        ++i;
      } else if (bytes_[i] == quote) {
        const bool doubled = quote == '\'' && i + 1 < bytes_.size() && bytes_[i + 1] == quote;
        if (!doubled) return true;
        ++i;
      }
    }
    return false;
  }

  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor == 0) return;
    throw Refused{line_of(mark), "anchors (&) and aliases (*) are not taken",
                  "write the value where it is needed, or put it in quotes if it is text"};
  }

  Node make(Node::Kind kind, const YAML::Mark& mark) {
    if (++nodes_ > kNodesMax) {
      throw Refused{line_of(mark), fmt::format("more than {} values", kNodesMax), ""};
    }
    Node node;
    node.kind = kind;
    node.place = {file_, line_of(mark)};
    return node;
  }

  void open(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    if (!open_.empty() && open_.back().kind == Node::Kind::kMap && !open_.back().has_name) {
      throw Refused{line_of(mark), "a key must be plain text", "put it in quotes"};
    }
    if (open_.size() >= kDepthMax) {
      throw Refused{line_of(mark), fmt::format("nested deeper than {} levels", kDepthMax), ""};
    }
    open_.push_back({make(kind, mark), kind, false, {}, {}, {}});
  }

  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void take_name(const std::string& name, const YAML::Mark& mark) {
    Open& map = open_.back();
    map.name = base::repair_utf8(name);
    map.name_place = {file_, line_of(mark)};
    map.has_name = true;
  }

  void add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.kind == Node::Kind::kList) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    parent.has_name = false;
    const auto [first, fresh] = parent.seen.emplace(parent.name, parent.name_place.line);
    if (!fresh) {
      add_problem(problems_, parent.name_place, path(),
                  fmt::format("duplicate key; the first one is on line {}", first->second),
                  "keep one of them");
      return;
    }
    if (parent.seen.size() > kMembersMax) {
      throw Refused{parent.name_place.line,
                    fmt::format("more than {} keys in one place", kMembersMax), ""};
    }
    parent.node.members.push_back({std::move(parent.name), parent.name_place, std::move(node)});
  }

  // Of the member being read: "limits.body", "authorities[0].name".
  [[nodiscard]] std::string path() const {
    std::string out;
    for (const Open& each : open_) {
      if (each.kind == Node::Kind::kList) {
        out += fmt::format("[{}]", each.node.items.size());
      } else {
        out += (out.empty() ? "" : ".") + base::printable(each.name, 64);
      }
    }
    return out;
  }

  std::string_view bytes_;
  std::shared_ptr<const std::string> file_;
  ConfigProblems& problems_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  Node root_;
};

// yaml-cpp takes bad UTF-8 and control characters silently.
bool check_bytes(std::string_view bytes, const Place& whole, ConfigProblems& problems) {
  if (bytes.size() > kFileBytesMax) {
    add_problem(problems, whole, {},
                fmt::format("the file is larger than {} MiB", kFileBytesMax >> 20));
    return false;
  }
  std::size_t start = 0;
  for (int line = 1; start <= bytes.size(); ++line) {
    const std::size_t end = std::min(bytes.find('\n', start), bytes.size());
    const std::string_view text = bytes.substr(start, end - start);
    if (!base::is_utf8(text) || text.find('\0') != std::string_view::npos) {
      add_problem(problems, {whole.file, line}, {}, "this line is not UTF-8 text",
                  "save the file as UTF-8");
      return false;
    }
    start = end + 1;
  }
  return true;
}

// Within {...} and [...] a brace ends what it stands in: "{url: ${HOOK}}" is two values and a rest.
bool has_bare_variable(std::string_view line) {
  char quote = 0;
  int flow = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#' && i > 0 && line[i - 1] == ' ') {
      return false;
    } else if (flow > 0 && line.substr(i).starts_with("${")) {
      return true;
    } else if (c == '{' || c == '[') {
      ++flow;
    } else if (c == '}' || c == ']') {
      --flow;
    }
  }
  return false;
}

std::string_view line_of(std::string_view bytes, int number) {
  for (int line = 1; line < number && !bytes.empty(); ++line) {
    const std::size_t end = bytes.find('\n');
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
  return bytes.substr(0, bytes.find('\n'));
}

// yaml-cpp may come to it a line late.
ConfigProblem not_yaml(std::string_view bytes, const Place& whole, const YAML::Exception& error) {
  const int line = error.mark.is_null() ? 0 : error.mark.line + 1;
  ConfigProblem out{*whole.file,
                    line,
                    {},
                    "this is not YAML: " + base::printable(error.msg),
                    "check the indentation, colons and quotes here and on the line before"};
  for (const int near : {line, line - 1}) {
    if (near < 1 || !has_bare_variable(line_of(bytes, near))) continue;
    out.line = near;
    out.hint = "put quotes around ${...}: within { } or [ ] its brace ends the value";
    break;
  }
  return out;
}

void check_root(Node& root, const Place& whole, ConfigProblems& problems) {
  if (root.kind == Node::Kind::kMap) return;
  if (root.kind != Node::Kind::kNull) {
    add_problem(problems, root.place, {}, "the file must contain keys and values",
                "begin with a key such as \"authorities:\"");
  }
  root = Node{};
  root.kind = Node::Kind::kMap;
  root.place = whole;
}

}  // namespace

Node parse_yaml(std::string_view bytes, const std::string& file, ConfigProblems& problems) {
  TreeBuilder builder(bytes, file, problems);
  const Place whole{builder.file(), 0};
  Node root;
  if (check_bytes(bytes, whole, problems)) {
    try {
      std::istringstream in{std::string(bytes)};
      YAML::Parser parser(in);
      parser.HandleNextDocument(builder);
      root = builder.take_root();
      TreeBuilder second(bytes, file, problems);
      if (parser.HandleNextDocument(second)) {
        add_problem(problems, whole, {}, "the file contains more than one document",
                    "remove the lines that are \"---\"");
      }
    } catch (const Refused& refused) {
      add_problem(problems, {whole.file, refused.line}, {}, refused.message, refused.hint);
    } catch (const YAML::Exception& error) {
      problems.push_back(not_yaml(bytes, whole, error));
    }
  }
  check_root(root, whole, problems);
  return root;
}

}  // namespace idpwatch::config
