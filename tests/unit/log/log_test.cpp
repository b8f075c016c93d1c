#include "base/log.hpp"

#include "base/environment.hpp"
#include "base/log_sink.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <csignal>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace idpwatch::base::log {
namespace {

const Instant kAt = *parse_rfc3339("2026-11-24T22:13:00.25Z");

std::string line(Format format, std::vector<Field> fields = {}, std::string message = "no answer") {
  return render({Level::kInfo, format, false}, Level::kWarning, kAt, "probe", message, fields);
}

TEST_CASE("text lines have time, level, component and fields", "[log]") {
  CHECK(line(Format::kText,
             {{"authority", "entra"}, {"attempt", 2}, {"ok", false}, {"took_s", 1.5}}) ==
        "2026-11-24T22:13:00.250Z warning probe: no answer authority=entra attempt=2 ok=false "
        "took_s=1.5");
}

TEST_CASE("journal lines begin with the priority and leave the time to the journal", "[log]") {
  CHECK(line(Format::kJournal) == "<4>probe: no answer");
  CHECK(render({Level::kInfo, Format::kJournal, false}, Level::kError, kAt, "c", "m", {}) ==
        "<3>c: m");
}

TEST_CASE("JSON lines are one object each", "[log]") {
  const auto object = nlohmann::json::parse(line(Format::kJson, {{"n", 7}, {"kid", "a\"b\n"}}));
  CHECK(object["time"] == "2026-11-24T22:13:00.25Z");
  CHECK(object["level"] == "warning");
  CHECK(object["component"] == "probe");
  CHECK(object["n"] == 7);
  CHECK(object["kid"].get<std::string>().find('\n') == std::string::npos);
}

TEST_CASE("hostile text stays on its line and its terminal", "[log]") {
  for (const Format format : {Format::kText, Format::kJournal, Format::kJson}) {
    const std::string text =
        line(format, {{"kid", "\x1b[2J\n<3>forged: x=y \xff"}}, "message\nwith\ra \x1b]0;title");
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find('\r') == std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
  }
  CHECK(line(Format::kText, {{"a", "x y=\"z\""}}).ends_with(R"(a="x y=\"z\"")"));
  CHECK(line(Format::kText, {{"a", ""}}).ends_with("a=\"\""));
  CHECK(line(Format::kText, {{"a", std::string(100'000, 'x')}}).size() < 1000);
}

TEST_CASE("JOURNAL_STREAM alone does not make it the journal", "[log]") {
  const Environment environment(Environment::Values{{"JOURNAL_STREAM", "1:1"}});
  CHECK(resolve({}, environment).format != Format::kJournal);
  CHECK(resolve({Level::kInfo, Format::kText, false}, environment).format == Format::kText);
}

TEST_CASE("levels have names, and off is above them all", "[log]") {
  CHECK(level("warning") == Level::kWarning);
  CHECK_FALSE(level("warn").has_value());
  setup({Level::kOff, Format::kText, false});
  CHECK_FALSE(enabled(Level::kError));
  setup({Level::kInfo, Format::kText, false});
  CHECK(enabled(Level::kInfo));
  CHECK_FALSE(enabled(Level::kDebug));
}

// Reads what is there.
std::string drained(int fd) {
  std::string out;
  std::array<char, 4096> part{};
  pollfd asked{fd, POLLIN, 0};
  while (::poll(&asked, 1, 0) == 1) {
    const ssize_t size = ::read(fd, part.data(), part.size());
    if (size <= 0) break;
    out.append(part.data(), static_cast<std::size_t>(size));
  }
  return out;
}

TEST_CASE("nobody who reads too slowly holds up who writes", "[log]") {
  std::array<int, 2> ends{};
  const bool socket = GENERATE(false, true);
  REQUIRE((socket ? ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) : ::pipe(ends.data())) == 0);
  Sink sink(ends[1]);
  const std::string line = std::string(1000, 'x') + "\n";
  std::size_t taken = 0;
  while (taken < 10'000 && sink.put(line)) ++taken;
  REQUIRE(taken > 10);
  REQUIRE(taken < 10'000);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(sink.put(line));
  CHECK(sink.take_dropped() == 6);
  CHECK(drained(ends[0]).size() >= taken * line.size());
  CHECK(sink.put(line));
  CHECK(drained(ends[0]).ends_with(line));
  CHECK(sink.take_dropped() == 0);
  ::close(ends[0]);
  std::signal(SIGPIPE, SIG_IGN);
  CHECK_FALSE(sink.put(line));  // nobody reads any more
  ::close(ends[1]);
  CHECK_FALSE(sink.put(line));  // closed
}

}  // namespace
}  // namespace idpwatch::base::log
