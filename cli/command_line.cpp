#include "cli/command_line.hpp"

#include "base/text.hpp"
#include "cli/command_line_description.hpp"
#include "cli/command_line_gate.hpp"
#include "cli/command_line_options.hpp"
#include "cli/command_line_tokens.hpp"
#include "cli/help.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <tuple>
#include <utility>

namespace idpwatch::cli {
namespace {

// The options of each alternative.
template <class>
struct OptionsOf;
template <class... Each>
struct OptionsOf<std::variant<Each...>> {
  using Type = std::tuple<Each...>;
};
using EachOptions = OptionsOf<Command>::Type;

class Parser {
 public:
  Parser() : app_(std::string(help_of("").summary), "idpwatch") {
    app_.footer(help_footer(help_of("")));
    app_.set_help_flag("-h,--help", "Show this help");
    // Each alternative of Command needs an add() below.
    std::apply([this](auto&... options) { (add(options), ...); }, options_);
    add_text(app_, "-c,--config", config_for_all_, "FILE",
             "The configuration, as after any command that takes one");
  }

  [[nodiscard]] std::vector<CommandDescription> describe() const { return cli::describe(app_); }

  CommandLine parse(std::vector<std::string> arguments, Streams& streams) {
    if (!arguments.empty()) first_ = arguments.front();
    as_options(arguments);
    // CLI11 takes them from the back.
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
      streams.out << help();
      return {};
    } catch (const CLI::ParseError& error) {
      return refuse(error.what(), streams);
    }
    if (version_) return {std::get<VersionOptions>(options_), kFine};
    if (chosen_) return {with_config(chosen_()), kFine};
    return refuse("a command is missing", streams);
  }

 private:
  CLI::App* command(CLI::App& parent, const std::string& name) {
    const std::string full = (&parent == &app_ ? "" : parent.get_name() + " ") + name;
    const Help& help = help_of(full);
    CLI::App* made = parent.add_subcommand(name, std::string(help.summary));
    made->footer(help_footer(help));
    return made;
  }

  // "help keys" is "keys --help", "version" is "--version".
  static void as_options(std::vector<std::string>& arguments) {
    if (arguments.empty()) return;
    if (arguments.front() == "version") arguments.front() = "--version";
    if (arguments.front() != "help") return;
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
  }

  // What stands before the command holds where nothing stands behind it.
  [[nodiscard]] Command with_config(Command command) const {
    std::visit(
        [this](auto& options) {
          if constexpr (requires { options.config; }) {
            if (!options.config) options.config = config_for_all_;
          } else if constexpr (requires { options.store.config; }) {
            if (!options.store.config) options.store.config = config_for_all_;
          }
        },
        command);
    return command;
  }

  // Remembers what was asked for; the options are complete by the time it is called.
  template <class Options>
  void choose(CLI::App* command, const Options& options) {
    command->callback([this, &options] { chosen_ = [&options] { return Command(options); }; });
  }

  // No command: an option of the program.
  void add(VersionOptions& options) {
    app_.add_flag("--version", version_, "Show the version, the build and the libraries");
    add_format(app_, options.output);
  }

  void add(ServeOptions& options) {
    CLI::App* serve = command(app_, "serve");
    add_config_option(*serve, options.config);
    choose(serve, options);
  }

  void add(StatusOptions& options) {
    CLI::App* status = command(app_, "status");
    status
        ->add_option("NAME", options.name, "One authority, deployment or validator (default: all)")
        ->type_name("");
    status
        ->add_option("--watch", options.watch,
                     "Again every SECONDS (default: 2), until it is ended")
        ->expected(0, 1)
        ->default_str("2")
        ->check(CLI::Range(1U, 86400U).description(""))
        ->type_name("SECONDS");
    add_config_option(*status, options.config);
    add_format(*status, options.output);
    choose(status, options);
  }

  void add(HealthOptions& options) {
    CLI::App* health = command(app_, "health");
    add_config_option(*health, options.config);
    add_format(*health, options.output);
    choose(health, options);
  }

  void add(KeysOptions& options) {
    CLI::App* keys = command(app_, "keys");
    keys->add_option("AUTHORITY", options.authority, "Name or issuer")->required()->type_name("");
    add_text(*keys, "--at", options.at, "TIME", "As it was then (default: now)");
    add_store(*keys, options.store);
    add_format(*keys, options.output);
    choose(keys, options);
  }

  void add(HistoryOptions& options) {
    CLI::App* history = command(app_, "history");
    history->add_option("AUTHORITY", options.authority, "Name or issuer (default: all)")
        ->type_name("");
    add_text(*history, "--since", options.since, "TIME", "From then on");
    add_text(*history, "--until", options.until, "TIME", "Up to then");
    add_text(*history, "--type", options.type, "TYPE",
             "Events of this type, such as key.withdrawn or key");
    history->add_option("--limit", options.limit, "The newest N events")
        ->check(CLI::PositiveNumber)
        ->type_name("N");
    add_store(*history, options.store);
    add_format(*history, options.output);
    choose(history, options);
  }

  void add(CheckOptions& options) {
    CLI::App* check = command(app_, "check");
    check->add_option("FILE", options.files, "Deployed configuration files: layers of one service")
        ->type_name("");
    check
        ->add_option("--authority", options.authorities,
                     "An issuer to probe (or the name of a configured one); may be repeated")
        ->type_name("URL")
        ->allow_extra_args(false);
    add_text(*check, "--profile", options.profile, "NAME",
             "The validator, if the files do not say");
    add_text(*check, "--framework", options.framework, "VERSION", "Of its framework, likewise");
    add_text(*check, "--deployment", options.deployment, "NAME",
             "A deployment of the configuration, instead of FILE...");
    add_text(*check, "--audience", options.audience, "TEXT", "What callers ask tokens for");
    check->add_flag("--clock", options.clock, "Compare the authorities' clocks with this host's");
    add_config_option(*check, options.config);
    add_gate_options(*check, options);
    check->add_flag_function(
        "--json", [&options](std::int64_t) { options.output = CheckOutput::kJson; },
        "The same as --format json");
    choose(check, options);
  }

  void add(DiscoverOptions& options) {
    CLI::App* discover = command(app_, "discover");
    discover->add_option("PATH", options.paths, "Files or folders (default: the usual places)")
        ->type_name("");
    add_text(*discover, "--root", options.root, "DIR",
             "Look below DIR as if it were /: an image, or another host's disk");
    add_format(*discover, options.output);
    choose(discover, options);
  }

  void add(EndpointOptions& options) {
    CLI::App* endpoint = command(app_, "endpoint");
    describe_endpoint(*endpoint, options);
    add_config_option(*endpoint, options.config);
    add_format(*endpoint, options.output);
    choose(endpoint, options);
  }

  void add(ExplainOptions& options) {
    CLI::App* explain = command(app_, "explain");
    describe_explain(*explain, options);
    add_config_option(*explain, options.config);
    add_format(*explain, options.output);
    choose(explain, options);
  }

  void add(ForecastOptions& options) {
    CLI::App* forecast = command(app_, "forecast");
    forecast->add_option("NAME,--deployment", options.deployment, "One deployment (default: all)")
        ->type_name("NAME");
    add_store(*forecast, options.store);
    add_format(*forecast, options.output);
    choose(forecast, options);
  }

  void add(SimulateOptions& options) {
    CLI::App* simulate = command(app_, "simulate");
    simulate->add_option("STORY", options.stories, "Story files, or folders of them")
        ->required()
        ->type_name("");
    add_text(*simulate, "--validator", options.validator, "P@V[+VARIANT]",
             "Profile, version and variant (default: the recording's)");
    add_text(*simulate, "--recording", options.recording, "FILE", "What the real one answered");
    add_format(*simulate, options.output);
    choose(simulate, options);
  }

  void add(ProfilesOptions& options) {
    CLI::App* profiles = command(app_, "profiles");
    profiles->add_option("NAME", options.name, "One profile in full (default: list all)")
        ->type_name("");
    add_format(*profiles, options.output);
    choose(profiles, options);
  }

  void add(DemoOptions& options) {
    CLI::App* demo = command(app_, "demo");
    add_format(*demo, options.output);
    choose(demo, options);
  }

  void add(ImportOptions& options) {
    CLI::App* import = command(app_, "import");
    import->add_option("FILE", options.files, "Observation records, JSON Lines")
        ->required()
        ->type_name("");
    add_store(*import, options.store);
    add_format(*import, options.output);
    choose(import, options);
  }

  // A command whose subcommands differ by one member.
  template <class Options, class Action>
  CLI::App* add_action(CLI::App& parent, const std::string& name, Options& options, Action action) {
    CLI::App* made = command(parent, name);
    made->callback([this, &options, action] {
      options.action = action;
      chosen_ = [&options] { return Command(options); };
    });
    return made;
  }

  void add_silences(CLI::App& alerts, CLI::App& show, AlertsOptions& options) {
    CLI::App* silence = add_action(alerts, "silence", options, AlertsAction::kSilence);
    CLI::App* unsilence = add_action(alerts, "unsilence", options, AlertsAction::kUnsilence);
    CLI::App* silences = add_action(alerts, "silences", options, AlertsAction::kSilences);
    add_alert_options(show, *silence, *unsilence, options);
    for (CLI::App* each : {silence, unsilence, silences}) {
      add_config_option(*each, options.store.config);
      add_format(*each, options.output);
    }
  }

  void add(AlertsOptions& options) {
    CLI::App* alerts = command(app_, "alerts");
    alerts->require_subcommand(1);
    CLI::App* list = add_action(*alerts, "list", options, AlertsAction::kList);
    list->add_flag("--all", options.all, "Resolved ones too");
    add_store(*list, options.store);
    add_format(*list, options.output);
    CLI::App* show = add_action(*alerts, "show", options, AlertsAction::kShow);
    add_store(*show, options.store);
    add_format(*show, options.output);
    add_silences(*alerts, *show, options);
    CLI::App* test = add_action(*alerts, "test", options, AlertsAction::kTest);
    add_text(*test, "--receiver", options.receiver, "NAME", "Only to this receiver (default: all)");
    test->add_flag("--dry-run", options.dry_run, "Say what would be sent, and send nothing");
    test->add_flag("--no-wait", options.no_wait, "Do not wait for the result");
    add_config_option(*test, options.store.config);
    add_format(*test, options.output);
  }

  void add(AuditOptions& options) {
    CLI::App* audit = command(app_, "audit");
    audit->require_subcommand(1);
    CLI::App* verify = add_action(*audit, "verify", options, AuditAction::kVerify);
    add_text(*verify, "--file", options.file, "FILE", "An exported chain, instead of the database");
    add_store(*verify, options.store);
    add_format(*verify, options.output);
    CLI::App* exported = add_action(*audit, "export", options, AuditAction::kExport);
    add_store(*exported, options.store);
    add_format(*exported, options.output);
  }

  void add(CompletionsOptions& options) {
    CLI::App* completions = command(app_, "completions");
    completions->add_option("SHELL", options.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}))
        ->type_name("");
    choose(completions, options);
  }

  void add(DbOptions& options) {
    CLI::App* db = command(app_, "db");
    db->require_subcommand(1);
    for (const auto& [name, action] :
         {std::pair("check", DbAction::kCheck), std::pair("backup", DbAction::kBackup),
          std::pair("compact", DbAction::kCompact)}) {
      CLI::App* made = add_action(*db, name, options, action);
      if (action == DbAction::kBackup) {
        made->add_option("FILE", options.file, "The copy: a file that does not exist yet")
            ->required()
            ->type_name("");
      }
      add_store(*made, options.store);
      add_format(*made, options.output);
    }
  }

  // For the build alone: --help does not list it.
  void add(ManualOptions& options) {
    CLI::App* manual = command(app_, "manual");
    manual->group("");
    manual->add_option("FOLDER", options.folder, "Where to")->required()->type_name("");
    choose(manual, options);
  }

  void add(ConfigOptions& options) {
    CLI::App* config = command(app_, "config");
    config->require_subcommand(1);
    for (const auto& [name, action] :
         {std::pair("check", ConfigAction::kCheck), std::pair("init", ConfigAction::kInit),
          std::pair("show", ConfigAction::kShow), std::pair("schema", ConfigAction::kSchema)}) {
      CLI::App* made = add_action(*config, name, options, action);
      const bool reads = action == ConfigAction::kCheck || action == ConfigAction::kShow;
      if (reads) add_config_option(*made, options.config);
      if (action != ConfigAction::kInit) add_format(*made, options.output);
    }
  }

  // The innermost command that was named.
  [[nodiscard]] const CLI::App* innermost() const {
    const CLI::App* found = &app_;
    while (!found->get_subcommands().empty()) found = found->get_subcommands().front();
    return found;
  }

  [[nodiscard]] std::string path_of(const CLI::App* command) const {
    std::string path = command->get_name();
    for (const CLI::App* up = command->get_parent(); up != nullptr; up = up->get_parent()) {
      path.insert(0, up->get_name() + " ");
    }
    return path;
  }

  [[nodiscard]] std::string help() const {
    const CLI::App* parent = innermost()->get_parent();
    return innermost()->help(parent == nullptr ? "" : path_of(parent));
  }

  // Of a first word that is no command.
  [[nodiscard]] std::optional<std::string> nearest_command() const {
    if (innermost() != &app_ || first_.empty() || first_.size() > 64) return std::nullopt;
    std::vector<std::string> names;
    for (const CLI::App* each : app_.get_subcommands({})) names.push_back(each->get_name());
    return base::nearest(first_, names);
  }

  CommandLine refuse(const std::string& message, Streams& streams) const {
    streams.err << "idpwatch: " << base::printable(message, 500) << '\n';
    if (const auto near = nearest_command()) {
      streams.err << "  did you mean idpwatch " << *near << "?\n";
    }
    streams.err << "  see " << path_of(innermost()) << " --help\n";
    return {std::nullopt, kUsage};
  }

  CLI::App app_;
  std::string first_;  // argument
  std::optional<std::string> config_for_all_;
  bool version_ = false;
  EachOptions options_;
  std::function<Command()> chosen_;
};

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments, Streams& streams) {
  return Parser().parse(arguments, streams);
}

std::vector<CommandDescription> describe_commands() { return Parser().describe(); }

}  // namespace idpwatch::cli
