#include "deployed/core/process_start.hpp"

#include "base/text.hpp"

#include <charconv>
#include <utility>

namespace idpwatch::deployed {

namespace {

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "Tue 2026-11-24 10:00:00 UTC" or "@1764000000" (--timestamp=unix); other zones are not guessed.
std::optional<base::Instant> parse_unit_time(std::string_view text) {
  if (text.starts_with('@')) {
    const auto seconds = parse_number<std::int64_t>(text.substr(1));
    constexpr std::int64_t kYear9999 = 253'402'300'799;
    if (!seconds || *seconds < 0 || *seconds > kYear9999) return std::nullopt;
    return base::from_unix_seconds(*seconds);
  }
  const std::vector<std::string_view> parts = base::split(text, ' ');
  if (parts.size() != 4 || parts[3] != "UTC") return std::nullopt;
  return base::parse_rfc3339(std::string(parts[1]) + "T" + std::string(parts[2]) + "Z");
}

// "/etc/orders/env (ignore_errors=no)"
std::string environment_file(std::string_view text) {
  const std::size_t remark = text.rfind(" (ignore_errors=");
  return std::string(text.substr(0, remark));
}

// Environment=A=b "C=d e": words separated by spaces, quoted where they hold one.
Environment parse_assignments(std::string_view text) {
  Environment variables;
  std::string word;
  bool quoted = false;
  const auto finish = [&] {
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos && equals > 0) {
      variables.push_back({word.substr(0, equals), word.substr(equals + 1), {}});
    }
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted && i + 1 < text.size()) {
      word += text[++i];
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ' ' && !quoted) {
      finish();
    } else {
      word += text[i];
    }
  }
  finish();
  return variables;
}

void take_property(UnitState& unit, std::string_view name, std::string_view value) {
  if (name == "MainPID") {
    unit.main_pid = parse_number<int>(value).value_or(0);
  } else if (name == "ActiveState") {
    unit.active_state = value;
  } else if (name == "ExecMainStartTimestampMonotonic") {
    constexpr std::int64_t kMost = 1'000'000'000'000'000'000;
    const auto micros = parse_number<std::int64_t>(value);
    if (micros && *micros > 0 && *micros < kMost) {
      unit.main_start_monotonic = base::microseconds(*micros);
    }
  } else if (name == "ExecMainStartTimestamp") {
    unit.main_start = parse_unit_time(value);
  } else if (name == "WorkingDirectory") {
    unit.working_directory = value;
  } else if (name == "EnvironmentFiles" && !value.empty()) {
    unit.environment_files.push_back(environment_file(value));
  } else if (name == "Environment") {
    unit.environment = parse_assignments(value);
  }
}

base::Error not_a_stat(std::string_view why) {
  return base::make_error(base::ErrorKind::kInput, "not a /proc/PID/stat: " + std::string(why));
}

}  // namespace

base::Result<ProcStat> parse_proc_stat(std::string_view bytes) {
  // The name stands in parentheses and may hold some itself: it ends at the last one.
  const std::size_t open = bytes.find('(');
  const std::size_t close = bytes.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return base::fail(not_a_stat("no name in parentheses"));
  }
  ProcStat stat;
  const auto pid = parse_number<int>(base::trim(bytes.substr(0, open)));
  if (!pid || *pid <= 0) return base::fail(not_a_stat("no process id"));
  stat.pid = *pid;
  stat.command = bytes.substr(open + 1, close - open - 1);
  const std::vector<std::string_view> fields =
      base::split(base::trim(bytes.substr(close + 1)), ' ');
  constexpr std::size_t kStartTime = 22 - 3;  // field 22 of proc(5); the state is field 3
  if (fields.size() <= kStartTime || fields[0].size() != 1) {
    return base::fail(not_a_stat("too few fields"));
  }
  stat.state = fields[0][0];
  const auto ticks = parse_number<std::uint64_t>(fields[kStartTime]);
  if (!ticks) return base::fail(not_a_stat("no start time"));
  stat.start_ticks = *ticks;
  return stat;
}

base::Instant started_at(std::uint64_t start_ticks, std::uint64_t ticks_per_second,
                         base::Instant now, base::Duration uptime) {
  if (ticks_per_second == 0) return now;
  const std::uint64_t seconds = start_ticks / ticks_per_second;
  const std::uint64_t rest = start_ticks % ticks_per_second;
  constexpr std::uint64_t kMostSeconds = 1'000'000'000;  // 31 years of uptime
  if (seconds > kMostSeconds) return now;
  const base::Duration after_boot =
      base::seconds(static_cast<std::int64_t>(seconds)) +
      base::microseconds(static_cast<std::int64_t>(rest * 1'000'000 / ticks_per_second));
  // A clock tick is coarser than the two clocks: never after now.
  return after_boot >= uptime ? now : now - (uptime - after_boot);
}

base::Result<int> parse_pid_file(std::string_view bytes) {
  const auto pid = parse_number<int>(base::trim(bytes));
  if (!pid || *pid <= 0) {
    return base::fail(base::ErrorKind::kInput, "the pid file contains no process id",
                      "it should contain one number");
  }
  return *pid;
}

UnitState parse_systemctl_show(std::string_view text) {
  UnitState unit;
  for (const std::string_view line : base::split(text, '\n')) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    take_property(unit, line.substr(0, equals), line.substr(equals + 1));
  }
  return unit;
}

}  // namespace idpwatch::deployed
