// The table of our configuration's fields. One row says everything about a field: its name, what
// its text must look like, default, bounds, help, an example, and where in Config it lives. The
// reader, `config show`, the JSON Schema and the reference are all loops over this table.
//
// Rows of one object form a Table; a row may hold a Table of its own (a section), or stand for a
// list of such objects. The table is constant after construction; safe from every thread.
#pragma once

#include "config/config.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace idpwatch::config {

enum class Form {
  kSection,  // an object
  kList,     // a list of objects
  kText,
  kName,          // what messages, files and URLs call a thing: short, printable
  kUrl,           // http or https
  kProxyUrl,      // http, https, socks4, socks5, socks5h; "" = none
  kOrigin,        // scheme://host[:port], as a browser sends it
  kSmtpUrl,       // smtps://host:port or smtp://host:port
  kMailAddress,   // name@example.com
  kPath,          // made absolute against the folder of the configuration file
  kReadableFile,  // likewise, and must be readable when the configuration is loaded
  kFolder,        // as kPath
  kListen,
  kDuration,
  kSeconds,  // a plain number, fractions allowed, for names that end in _s
  kSize,
  kInteger,
  kFlag,
  kChoice,
  kEventType,  // of an event: "key.published"
  kRule,       // of a finding: "keyset-replaced", "refusal-*"
  kTime,       // RFC 3339, or a date
  kSecret,     // NAME, or NAME_file; a list takes one secret a line
  kSecretUrl,  // likewise; what it holds is a URL
  kKeys        // a list of JWKs, kept as JSON texts
};

// One or more enumerators, as indices into Row::choices. An optional one may be none.
struct ChoiceTarget {
  std::function<void(const std::vector<std::size_t>&)> set;
  std::function<std::vector<std::size_t>()> get;
};

using Target =
    std::variant<std::string*, std::optional<std::string>*, std::vector<std::string>*, bool*, int*,
                 std::uint64_t*, base::Duration*, std::optional<base::Instant>*, Listen*,
                 ChoiceTarget, model::TextSetting*, model::ListSetting*, model::FlagSetting*,
                 model::DurationSetting*>;

struct Row;
using Table = std::vector<Row>;

struct Row {
  std::string name;
  Form form = Form::kText;
  std::string fallback;  // the default, as it would be written; empty: none
  std::string least, most;
  bool zero_is_off = false;  // 0 is taken although it lies below the least value
  std::vector<std::string> choices;
  std::string help;  // whole sentences
  std::string example;
  bool required = false;   // not empty either
  bool nullable = false;   // absence is told apart from every value
  bool one_alone = false;  // kList: one object without the list is taken as a list of one
  bool texts = false;      // a list of texts ([a, b]); one alone is taken as a list of one

  // Leaves. `owner` is the object that the table describes.
  std::function<Target(void* owner)> target;
  // Sections and lists of sections.
  std::shared_ptr<const Table> table;
  // kSection: the object; null when it is optional, absent, and `create` is false.
  std::function<void*(void* owner, bool create)> object;
  // kList.
  std::function<std::size_t(void* owner)> size;
  std::function<void(void* owner, std::size_t count)> resize;
  std::function<void*(void* owner, std::size_t index)> at;

  [[nodiscard]] bool secret() const { return form == Form::kSecret || form == Form::kSecretUrl; }
};

// Of a whole configuration; owner: Config.
const Table& config_table();

// Parts, for the sources that make up the table.
std::shared_ptr<const Table> authority_rows();    // owner: AuthorityConfig
std::shared_ptr<const Table> deployment_rows();   // owner: DeploymentConfig
std::shared_ptr<const Table> canary_rows();       // owner: model::CanarySpec
std::shared_ptr<const Table> receiver_rows();     // owner: alerts::ReceiverConfig
std::shared_ptr<const Table> route_rows();        // owner: alerts::Route
std::shared_ptr<const Table> ignore_rows();       // owner: alerts::IgnoreEntry
std::shared_ptr<const Table> maintenance_rows();  // owner: alerts::MaintenanceWindow
std::shared_ptr<const Table> heartbeat_rows();    // owner: alerts::Heartbeat

}  // namespace idpwatch::config
