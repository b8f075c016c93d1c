#include "deployed/core/process_start.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::deployed {
namespace {

TEST_CASE("the start of a process is read from /proc/PID/stat, whatever its name", "[deployed]") {
  const std::string rest =
      " S 1 4242 4242 0 -1 4194560 1 0 0 0 12 3 0 0 20 0 31 0 987654 274877906944 12345 "
      "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n";
  for (const char* name : {"dotnet", "a) S 1 (b", "x y", ""}) {
    const auto stat = parse_proc_stat("4242 (" + std::string(name) + ")" + rest);
    REQUIRE(stat);
    CHECK(stat->pid == 4242);
    CHECK(stat->command == name);
    CHECK(stat->state == 'S');
    CHECK(stat->start_ticks == 987654);
  }
}

TEST_CASE("what is no /proc/PID/stat is refused", "[deployed]") {
  for (const char* text : {"", "1", "1 (a", "1 (a) S",
                           "x (a) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 "
                           "1 1",
                           "1 )a( S"}) {
    INFO(text);
    CHECK_FALSE(parse_proc_stat(text));
  }
}

TEST_CASE("ticks after boot become an instant, never one after now", "[deployed]") {
  const base::Instant now = base::from_unix_seconds(1'800'000'000);
  CHECK(started_at(100'050, 100, now, base::seconds(2000)) == now - base::milliseconds(999'500));
  CHECK(started_at(300'000, 100, now, base::seconds(2000)) == now);
  CHECK(started_at(18'446'744'073'709'551'615ULL, 100, now, base::seconds(2000)) == now);
  CHECK(started_at(1, 0, now, base::seconds(2000)) == now);
}

TEST_CASE("a pid file holds one positive number", "[deployed]") {
  CHECK(parse_pid_file("4242\n") == 4242);
  for (const char* text : {"", "0", "-1", "12 13", "abc", "99999999999999"}) {
    INFO(text);
    CHECK_FALSE(parse_pid_file(text));
  }
}

TEST_CASE("systemctl show tells process, start, files and variables", "[deployed]") {
  const UnitState unit = parse_systemctl_show(
      "MainPID=4242\nActiveState=active\nExecMainStartTimestamp=Tue 2026-11-24 10:00:00 UTC\n"
      "ExecMainStartTimestampMonotonic=123456789\nWorkingDirectory=/srv/orders\n"
      "EnvironmentFiles=/etc/orders/env (ignore_errors=no)\n"
      "EnvironmentFiles=/etc/orders/more (ignore_errors=yes)\n"
      "Environment=ASPNETCORE_ENVIRONMENT=Staging \"A=b \\\"c\\\" d\" NO\n");
  CHECK(unit.main_pid == 4242);
  CHECK(unit.active_state == "active");
  CHECK(unit.main_start_monotonic == base::microseconds(123'456'789));
  CHECK(base::format_rfc3339(*unit.main_start) == "2026-11-24T10:00:00Z");
  CHECK(unit.working_directory == "/srv/orders");
  CHECK(unit.environment_files == std::vector<std::string>{"/etc/orders/env", "/etc/orders/more"});
  REQUIRE(unit.environment.size() == 2);
  CHECK(unit.environment[1].value == "b \"c\" d");
}

TEST_CASE("a unit that does not run, or a zone that is a guess, tells no start", "[deployed]") {
  const UnitState unit = parse_systemctl_show(
      "MainPID=0\nExecMainStartTimestamp=Tue 2026-11-24 11:00:00 CET\n"
      "ExecMainStartTimestampMonotonic=0\nEnvironment=\nEnvironmentFiles=\n");
  CHECK(unit.main_pid == 0);
  CHECK_FALSE(unit.main_start);
  CHECK_FALSE(unit.main_start_monotonic);
  CHECK(unit.environment.empty());
  CHECK(unit.environment_files.empty());
  CHECK(parse_systemctl_show("ExecMainStartTimestamp=@1764000000\n").main_start ==
        base::from_unix_seconds(1'764'000'000));
}

}  // namespace
}  // namespace idpwatch::deployed
