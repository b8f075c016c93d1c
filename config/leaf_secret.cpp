// Secrets, inline or in files, and pinned keys. No message here shows a value.
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "config/leaf.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace idpwatch::config {
namespace {

constexpr std::size_t kSecretBytesMax = std::size_t{16} * 1024;

bool printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// null, true, 12 and 1.5 are themselves, as long as they are not quoted.
base::Json scalar_json(const Node& node) {
  if (!node.quoted) {
    if (node.text == "true" || node.text == "false") return node.text == "true";
    const auto number = base::parse_json(node.text, {.bytes = 40, .depth = 1});
    if (number && number->value->is_number()) return *number->value;
  }
  return node.text;
}

// One level of members is what a JWK has; lists of texts inside it (x5c, key_ops).
base::Json flat_json(const Node& node) {
  if (node.kind == Node::Kind::kNull) return nullptr;
  if (node.kind == Node::Kind::kScalar) return scalar_json(node);
  base::Json list = base::Json::array();
  for (const Node& item : node.items) {
    if (item.kind == Node::Kind::kScalar) list.push_back(scalar_json(item));
  }
  return list;
}

}  // namespace

void LeafReader::read_secret_file(const Row& row, const Node& node, const std::string& key,
                                  void* owner) {
  const Field field{row, node, key};
  std::string path;
  if (node.kind == Node::Kind::kNull) return;  // as absent
  if (!scalar_text(field, node, path)) return;
  if (path.empty()) return problem(field, "the name of a file is missing");
  path = absolute_credential(path);
  const auto bytes = world_.read(path);
  if (!bytes) return problem(field, bytes.error().message, bytes.error().hint);
  std::string_view text = *bytes;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty()) return problem(field, path + " is empty", "write the secret into it");
  secret_files_[key] = path;
  read_secret(field, row.target(owner), std::string(text));
}

void LeafReader::read_secret(const Field& field, const Target& target, const std::string& text) {
  if (text.size() > kSecretBytesMax) {
    return problem(field, fmt::format("a secret has at most {} bytes", kSecretBytesMax));
  }
  std::vector<std::string> lines;
  for (const std::string_view line : base::split(text, '\n')) {
    const std::string_view one = base::trim(line);
    if (one.empty()) continue;
    if (!printable_ascii(one)) {
      return problem(field, "a secret may contain only printable ASCII without spaces");
    }
    lines.emplace_back(one);
  }
  auto* several = std::get_if<std::vector<std::string>*>(&target);
  if (lines.empty() || (several == nullptr && lines.size() > 1)) {
    return problem(field,
                   lines.empty() ? "a secret must not be empty" : "one line is expected here");
  }
  if (field.row.form == Form::kSecretUrl) {
    const auto url = base::parse_url(lines.front());
    if (!url) {
      return problem(field, "this is not an http or https URL", "for example " + field.row.example);
    }
  }
  if (several != nullptr) {
    **several = std::move(lines);
  } else {
    *std::get<std::string*>(target) = std::move(lines.front());
  }
}

void LeafReader::read_keys(const Field& field, const Target& target) {
  std::vector<std::string> keys;
  if (field.node.kind != Node::Kind::kList) {
    return problem(field, "a list of keys (JWK) is expected here");
  }
  for (const Node& item : field.node.items) {
    if (item.kind != Node::Kind::kMap) return problem(field, "each key is an object (JWK)");
    base::Json key = base::Json::object();
    for (const Member& member : item.members) key[member.name] = flat_json(member.value);
    keys.push_back(base::canonical_json(key));
  }
  *std::get<model::ListSetting*>(target) = model::ListSetting(
      std::move(keys), {*field.node.place.file, field.node.place.line, field.key});
}

}  // namespace idpwatch::config
