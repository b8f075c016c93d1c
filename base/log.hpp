// The log: one line an event, on stderr, never on stdout. Every message and value is made harmless
// (printable, cut) on its way out, so outside text may be passed as it is. Secrets must not be
// passed at all.
//
//   base::log::warn("probe", "no answer", {{"authority", name}, {"attempt", 2}});
//
// text: "2026-11-24T22:13:00.250Z warning probe: no answer authority=entra attempt=2"
// journal: the same behind "<4>" and without the time, which the journal has already
// json: one object a line: time, level, component, message, and the fields
//
// Safe from every thread once setup() has returned; setup() itself is called before threads start.
#pragma once

#include "base/time.hpp"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace idpwatch::base {
class Environment;
}

namespace idpwatch::base::log {

enum class Level { kDebug, kInfo, kWarning, kError, kOff };
enum class Format { kAuto, kText, kJson, kJournal };

class Field {
 public:
  using Value = std::variant<std::string, std::int64_t, bool, double>;

  Field(std::string_view name, std::string_view value) : name_(name), value_(std::string(value)) {}
  Field(std::string_view name, const char* value) : Field(name, std::string_view(value)) {}
  Field(std::string_view name, const std::string& value) : Field(name, std::string_view(value)) {}
  Field(std::string_view name, bool value) : name_(name), value_(value) {}
  Field(std::string_view name, double value) : name_(name), value_(value) {}
  Field(std::string_view name, std::integral auto value)
      : name_(name), value_(static_cast<std::int64_t>(value)) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const Value& value() const { return value_; }

 private:
  std::string name_;
  Value value_;
};
using Fields = std::initializer_list<Field>;

struct Settings {
  Level level = Level::kInfo;
  Format format = Format::kAuto;
  bool colour = false;  // of text
};

// kAuto resolved: the journal when JOURNAL_STREAM names the very file that stderr is (its mere
// presence proves nothing), text on a terminal, else JSON lines. NO_COLOR is honoured.
Settings resolve(Settings wanted, const Environment& environment);

// Until it is called the log writes text from kWarning on.
void setup(const Settings& settings);
[[nodiscard]] bool enabled(Level level);

void write(Level level, std::string_view component, std::string_view message, Fields fields = {});
inline void debug(std::string_view component, std::string_view message, Fields fields = {}) {
  write(Level::kDebug, component, message, fields);
}
inline void info(std::string_view component, std::string_view message, Fields fields = {}) {
  write(Level::kInfo, component, message, fields);
}
inline void warn(std::string_view component, std::string_view message, Fields fields = {}) {
  write(Level::kWarning, component, message, fields);
}
inline void error(std::string_view component, std::string_view message, Fields fields = {}) {
  write(Level::kError, component, message, fields);
}

// One line without its end, in a format that is not kAuto: what write() prints.
std::string render(const Settings& settings, Level level, Instant at, std::string_view component,
                   std::string_view message, const std::vector<Field>& fields);

std::string_view to_text(Level level);
std::optional<Level> level(std::string_view text);

}  // namespace idpwatch::base::log
