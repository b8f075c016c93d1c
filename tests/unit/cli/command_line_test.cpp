#include "cli/command_line.hpp"

#include "base/text.hpp"
#include "cli/cli.hpp"
#include "cli/command_description.hpp"

#include <catch2/catch.hpp>

#include <sstream>

namespace idpwatch::cli {
namespace {

struct Capture {
  std::ostringstream out, err;
  Streams streams{out, err};
};

template <class Options>
Options parsed(const std::vector<std::string>& arguments) {
  Capture capture;
  const CommandLine line = parse_command_line(arguments, capture.streams);
  INFO(capture.err.str());
  REQUIRE(line.command.has_value());
  REQUIRE(std::holds_alternative<Options>(*line.command));
  return std::get<Options>(*line.command);
}

TEST_CASE("options come out as plain structs", "[cli]") {
  const auto keys =
      parsed<KeysOptions>({"keys", "entra", "--at", "2h", "--db", "/d", "--format", "json"});
  CHECK(keys.authority == "entra");
  CHECK(keys.at == "2h");
  CHECK(keys.store.db == "/d");
  CHECK(keys.output == Output::kJson);
  CHECK(parsed<StatusOptions>({"status"}).watch == std::nullopt);
  CHECK(parsed<StatusOptions>({"status", "orders", "--watch"}).watch == 2U);
  CHECK(parsed<StatusOptions>({"status", "--watch", "30", "orders"}).name == "orders");
  CHECK(parsed<DiscoverOptions>({"discover", "/srv", "--root", "/image"}).paths ==
        std::vector<std::string>{"/srv"});
  CHECK(parsed<CompletionsOptions>({"completions", "zsh"}).shell == "zsh");
  CHECK(parsed<ConfigOptions>({"config", "init"}).action == ConfigAction::kInit);
  CHECK(parsed<HistoryOptions>({"history"}).authority == std::nullopt);
  CHECK(parsed<HistoryOptions>({"history", "a", "--since", "7d"}).since == "7d");
  CHECK(parsed<AlertsOptions>({"alerts", "test", "--receiver", "r", "--dry-run"}).action ==
        AlertsAction::kTest);
  CHECK(parsed<AlertsOptions>({"alerts", "list"}).action == AlertsAction::kList);
  CHECK(parsed<AuditOptions>({"audit", "export"}).action == AuditAction::kExport);
  CHECK(parsed<ConfigOptions>({"config", "schema"}).action == ConfigAction::kSchema);
  CHECK(parsed<ServeOptions>({"serve", "--config", "c.yaml"}).config == "c.yaml");
  const auto check =
      parsed<CheckOptions>({"check", "a.json", "b.json", "--authority", "https://a.example",
                            "--authority", "https://b.example", "--clock", "--format", "json"});
  CHECK(check.files == std::vector<std::string>{"a.json", "b.json"});
  CHECK(check.authorities == std::vector<std::string>{"https://a.example", "https://b.example"});
  CHECK(check.clock);
  CHECK(check.output == CheckOutput::kJson);
  CHECK(
      parsed<CheckOptions>({"check", "--authority", "https://a.example", "a.json"}).files.size() ==
      1);
  CHECK(parsed<SimulateOptions>({"simulate", "s", "--recording", "r"}).recording == "r");
  CHECK(parsed<VersionOptions>({"--version", "--format", "json"}).output == Output::kJson);
}

TEST_CASE("a wrong command line is exit code 2, told on standard error alone", "[cli]") {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"keys"},
                                             {"kyes", "a"},
                                             {"keys", "a", "--format", "xml"},
                                             {"keys", "a", "b"},
                                             {"alerts"},
                                             {"serve", "--no-such"},
                                             {"keys", "a", "--at"},
                                             {"\x1b[2J"}}) {
    Capture capture;
    const CommandLine line = parse_command_line(arguments, capture.streams);
    CHECK_FALSE(line.command.has_value());
    CHECK(line.code == kUsage);
    CHECK(capture.out.str().empty());
    CHECK(capture.err.str().starts_with("idpwatch: "));
    CHECK(capture.err.str().find("--help") != std::string::npos);
    CHECK(capture.err.str().find('\x1b') == std::string::npos);
  }
}

TEST_CASE("a slip of the finger is told the nearest command", "[cli]") {
  Capture capture;
  CHECK(parse_command_line({"histroy"}, capture.streams).code == kUsage);
  CHECK(capture.err.str().find("did you mean idpwatch history?") != std::string::npos);
}

TEST_CASE("every command teaches by example and names its exit codes", "[cli]") {
  const std::vector<CommandDescription> commands = describe_commands();
  REQUIRE(commands.size() > 30);
  for (const CommandDescription& described : commands) {
    std::vector<std::string> arguments;
    if (!described.path.empty()) {
      for (const std::string_view word : base::split(described.path, ' ')) {
        arguments.emplace_back(word);
      }
    }
    arguments.emplace_back("--help");
    Capture capture;
    const CommandLine line = parse_command_line(arguments, capture.streams);
    CHECK(line.code == kFine);
    const std::string help = capture.out.str();
    const std::string command = described.path.empty() ? "idpwatch" : "idpwatch " + described.path;
    CAPTURE(command, help);
    CHECK(help.find("Usage: " + command) != std::string::npos);
    CHECK(help.find(command, help.find("Examples:\n")) != std::string::npos);
    CHECK(help.find("Exit codes:\n  0  ") != std::string::npos);
    std::istringstream lines(help);
    for (std::string each; std::getline(lines, each);) CHECK(each.size() <= 120);
  }
}

TEST_CASE("exit codes follow the kind of the error, and the worst one wins", "[cli]") {
  using base::ErrorKind;
  CHECK(exit_code(ErrorKind::kConfig) == 2);
  CHECK(exit_code(ErrorKind::kInput) == 2);
  CHECK(exit_code(ErrorKind::kNotFound) == 3);
  CHECK(exit_code(ErrorKind::kBusy) == 3);
  CHECK(exit_code(ErrorKind::kUnreachable) == 3);
  CHECK(exit_code(ErrorKind::kInternal) == 4);
  CHECK(worst(kFound, kUndetermined) == kFound);
  CHECK(worst(kFound, kUsage) == kUsage);
  CHECK(worst(kUsage, kInternal) == kInternal);
  CHECK(worst(kUndetermined, kFine) == kUndetermined);
}

}  // namespace
}  // namespace idpwatch::cli
