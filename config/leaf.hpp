// The text of one field -> its typed value, by the Form of its row. Pure but for secret and
// readable files, which are read through ConfigWorld.
#pragma once

#include "config/fields.hpp"
#include "config/tree.hpp"

#include <map>
#include <set>
#include <string>

namespace idpwatch::config {

inline constexpr std::size_t kSocketPathMax = 107;  // of sockaddr_un, with its final zero byte

class LeafReader {
 public:
  // `folder`: of the main configuration file, absolute.
  LeafReader(const ConfigWorld& world, std::string folder, ConfigProblems& problems)
      : world_(world), folder_(std::move(folder)), problems_(problems) {}

  void read(const Row& row, const Node& node, const std::string& key, void* owner);
  // NAME_file of a secret row.
  void read_secret_file(const Row& row, const Node& node, const std::string& key, void* owner);
  // By key, the files that they came from.
  [[nodiscard]] const std::map<std::string, std::string>& secret_files() const {
    return secret_files_;
  }

 private:
  std::map<std::string, std::string> secret_files_;
  struct Field {
    const Row& row;
    const Node& node;
    const std::string& key;
  };
  void problem(const Field& field, std::string message, std::string hint = {});
  bool scalar_text(const Field& field, const Node& node, std::string& text);
  bool texts(const Field& field, std::vector<std::string>& out);

  void read_null(const Field& field, const Target& target);
  void read_texts(const Field& field, const Target& target);
  void read_choices(const Field& field, const ChoiceTarget& target);
  void read_keys(const Field& field, const Target& target);
  void read_secret(const Field& field, const Target& target, const std::string& text);
  void read_scalar(const Field& field, const Target& target, const std::string& text);

  // One text of a list, or the only one: checked and, for paths, made absolute.
  bool check_text(const Field& field, std::string& text);
  bool check_rule(const Field& field, const std::string& text);
  bool check_event_type(const Field& field, const std::string& text);
  bool check_readable(const Field& field, const std::string& path);
  [[nodiscard]] std::string absolute(const std::string& path) const;
  // Below $CREDENTIALS_DIRECTORY where it stands there.
  [[nodiscard]] std::string absolute_credential(const std::string& path) const;

  const ConfigWorld& world_;
  std::string folder_;
  ConfigProblems& problems_;
  std::set<std::string> readable_;  // files found so already
};

// "127.0.0.1:7517", "[::1]:7517", "unix:/run/x.sock", "off". Used by `config show` as well.
base::Result<Listen> parse_listen(std::string_view text);

}  // namespace idpwatch::config
