#include "base/log.hpp"

#include "base/clock.hpp"
#include "base/enum_names.hpp"
#include "base/environment.hpp"
#include "base/log_sink.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <chrono>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace idpwatch::base::log {
namespace {

constexpr std::size_t kMessageCharacters = 1024;
constexpr std::size_t kValueCharacters = 512;

// spdlog carries the finished line to our sink, which owns the lock and the writing.
class StderrSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  Sink& sink() { return sink_; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    sink_.put(std::string(message.payload.data(), message.payload.size()) + "\n");
  }
  void flush_() override {}

 private:
  Sink sink_{STDERR_FILENO};
};

constexpr EnumNames<Level> kLevelNames{{Level::kDebug, "debug"},
                                       {Level::kInfo, "info"},
                                       {Level::kWarning, "warning"},
                                       {Level::kError, "error"},
                                       {Level::kOff, "off"}};

struct State {
  Settings settings{Level::kWarning, Format::kText, false};
  std::shared_ptr<StderrSink> sink = std::make_shared<StderrSink>();
  spdlog::logger logger{"idpwatch", sink};

  State() { logger.set_level(spdlog::level::trace); }
};

State& state() {
  static State the_state;
  return the_state;
}

// systemd reads "<N>" as the syslog priority of a line of stderr.
int syslog_priority(Level level) {
  switch (level) {
    case Level::kDebug:
      return 7;
    case Level::kInfo:
      return 6;
    case Level::kWarning:
      return 4;
    case Level::kError:
    case Level::kOff:
      break;
  }
  return 3;
}

std::string_view colour_of(Level level) {
  switch (level) {
    case Level::kDebug:
      return "\x1b[2m";
    case Level::kInfo:
      return "\x1b[32m";
    case Level::kWarning:
      return "\x1b[33m";
    case Level::kError:
    case Level::kOff:
      break;
  }
  return "\x1b[31m";
}

bool needs_quotes(std::string_view text) {
  return text.empty() || text.find_first_of(" =\"") != std::string_view::npos;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// Whoever writes it: no control character, and no password of a URL.
std::string safe_text(std::string_view text, std::size_t characters) {
  return printable(without_url_secrets(text), characters);
}

std::string text_value(const Field::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    std::string safe = safe_text(*text, kValueCharacters);
    return needs_quotes(safe) ? in_quotes(safe) : safe;
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return fmt::format("{}", std::get<double>(value));
}

nlohmann::json json_value(const Field::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return safe_text(*text, kValueCharacters);
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  return std::get<double>(value);
}

std::string render_json(Level level, Instant at, std::string_view component,
                        std::string_view message, const std::vector<Field>& fields) {
  nlohmann::ordered_json line;
  line["time"] = format_rfc3339(at);
  line["level"] = to_text(level);
  line["component"] = component;
  line["message"] = safe_text(message, kMessageCharacters);
  for (const Field& field : fields) line[field.name()] = json_value(field.value());
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// Milliseconds, always three digits, so that columns stand below each other.
std::string short_time(Instant at) {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  const auto millis = std::chrono::duration_cast<milliseconds>(at - second).count();
  std::string text = format_rfc3339(second);
  text.pop_back();
  return fmt::format("{}.{:03}Z", text, millis);
}

bool stderr_is_journal(const Environment& environment) {
  const std::optional<std::string> stream = environment.get("JOURNAL_STREAM");
  struct stat status{};
  if (!stream || fstat(STDERR_FILENO, &status) != 0) return false;
  return *stream == fmt::format("{}:{}", status.st_dev, status.st_ino);
}

}  // namespace

Settings resolve(Settings wanted, const Environment& environment) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  wanted.colour = terminal && !environment.get_nonempty("NO_COLOR");
  if (wanted.format != Format::kAuto) return wanted;
  if (stderr_is_journal(environment)) {
    wanted.format = Format::kJournal;
  } else {
    wanted.format = terminal ? Format::kText : Format::kJson;
  }
  return wanted;
}

void setup(const Settings& settings) { state().settings = settings; }

bool enabled(Level level) { return level >= state().settings.level && level != Level::kOff; }

void write(Level level, std::string_view component, std::string_view message, Fields fields) {
  if (!enabled(level)) return;
  State& log = state();
  const Instant now = SystemClock().wall();
  Sink& sink = log.sink->sink();
  if (const std::size_t lost = sink.take_dropped(); lost > 0) {
    log.logger.info(render(log.settings, Level::kWarning, now, "log",
                           "stderr was full; lines were dropped", {{"lines", lost}}));
    if (sink.take_dropped() > 0) sink.add_dropped(lost);
  }
  log.logger.info(render(log.settings, level, now, component, message, fields));
}

std::string render(const Settings& settings, Level level, Instant at, std::string_view component,
                   std::string_view message, const std::vector<Field>& fields) {
  if (settings.format == Format::kJson) return render_json(level, at, component, message, fields);
  std::string line;
  if (settings.format == Format::kJournal) {
    line = fmt::format("<{}>{}: ", syslog_priority(level), component);
  } else if (settings.colour) {
    line = fmt::format("{} {}{}\x1b[0m {}: ", short_time(at), colour_of(level), to_text(level),
                       component);
  } else {
    line = fmt::format("{} {} {}: ", short_time(at), to_text(level), component);
  }
  line += safe_text(message, kMessageCharacters);
  for (const Field& field : fields) {
    line += fmt::format(" {}={}", field.name(), text_value(field.value()));
  }
  return line;
}

std::string_view to_text(Level level) { return kLevelNames.text(level); }

std::optional<Level> level(std::string_view text) { return kLevelNames.value(text); }

}  // namespace idpwatch::base::log
