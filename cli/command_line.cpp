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
#include <utility>

namespace idpwatch::cli {
namespace {

// The commands that exist: those that take a function are in commands.hpp.
class Parser {
 public:
  Parser() : app_(std::string(help_of("").summary), "idpwatch") {
    app_.footer(help_footer(help_of("")));
    app_.set_help_flag("-h,--help", "Show this help");
    app_.add_flag("--version", version_, "Show the version, the build and the libraries");
    add_format(app_, version_options_.output);
    add_text(app_, "-c,--config", config_for_all_, "FILE",
             "The configuration, as after any command that takes one");
    add_serve();
    add_status();
    add_check();
    add_discover();
    add_endpoint();
    add_explain();
    add_forecast();
    add_keys();
    add_history();
    add_import();
    add_alerts();
    add_audit();
    add_completions();
    add_db();
    add_config();
    add_manual();
    add_health();
    add_simulate();
    add_profiles();
    add_demo();
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
    if (version_) return {version_options_, kFine};
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

  void add_serve() {
    CLI::App* serve = command(app_, "serve");
    add_config_option(*serve, serve_.config);
    choose(serve, serve_);
  }

  void add_status() {
    CLI::App* status = command(app_, "status");
    status
        ->add_option("NAME", status_.name, "One authority, deployment or validator (default: all)")
        ->type_name("");
    status
        ->add_option("--watch", status_.watch,
                     "Again every SECONDS (default: 2), until it is ended")
        ->expected(0, 1)
        ->default_str("2")
        ->check(CLI::Range(1U, 86400U).description(""))
        ->type_name("SECONDS");
    add_config_option(*status, status_.config);
    add_format(*status, status_.output);
    choose(status, status_);
  }

  void add_health() {
    CLI::App* health = command(app_, "health");
    add_config_option(*health, health_.config);
    add_format(*health, health_.output);
    choose(health, health_);
  }

  void add_keys() {
    CLI::App* keys = command(app_, "keys");
    keys->add_option("AUTHORITY", keys_.authority, "Name or issuer")->required()->type_name("");
    add_text(*keys, "--at", keys_.at, "TIME", "As it was then (default: now)");
    add_store(*keys, keys_.store);
    add_format(*keys, keys_.output);
    choose(keys, keys_);
  }

  void add_history() {
    CLI::App* history = command(app_, "history");
    history->add_option("AUTHORITY", history_.authority, "Name or issuer (default: all)")
        ->type_name("");
    add_text(*history, "--since", history_.since, "TIME", "From then on");
    add_text(*history, "--until", history_.until, "TIME", "Up to then");
    add_text(*history, "--type", history_.type, "TYPE",
             "Events of this type, such as key.withdrawn or key");
    history->add_option("--limit", history_.limit, "The newest N events")
        ->check(CLI::PositiveNumber)
        ->type_name("N");
    add_store(*history, history_.store);
    add_format(*history, history_.output);
    choose(history, history_);
  }

  void add_check() {
    CLI::App* check = command(app_, "check");
    check->add_option("FILE", check_.files, "Deployed configuration files: layers of one service")
        ->type_name("");
    check
        ->add_option("--authority", check_.authorities,
                     "An issuer to probe (or the name of a configured one); may be repeated")
        ->type_name("URL")
        ->allow_extra_args(false);
    add_text(*check, "--profile", check_.profile, "NAME", "The validator, if the files do not say");
    add_text(*check, "--framework", check_.framework, "VERSION", "Of its framework, likewise");
    add_text(*check, "--audience", check_.audience, "TEXT", "What callers ask tokens for");
    check->add_flag("--clock", check_.clock, "Compare the authorities' clocks with this host's");
    add_config_option(*check, check_.config);
    add_gate_options(*check, check_);
    check->add_flag_function(
        "--json", [this](std::int64_t) { check_.output = CheckOutput::kJson; },
        "The same as --format json");
    choose(check, check_);
  }

  void add_discover() {
    CLI::App* discover = command(app_, "discover");
    discover->add_option("PATH", discover_.paths, "Files or folders (default: the usual places)")
        ->type_name("");
    add_text(*discover, "--root", discover_.root, "DIR",
             "Look below DIR as if it were /: an image, or another host's disk");
    add_format(*discover, discover_.output);
    choose(discover, discover_);
  }

  void add_endpoint() {
    CLI::App* endpoint = command(app_, "endpoint");
    describe_endpoint(*endpoint, endpoint_);
    add_config_option(*endpoint, endpoint_.config);
    add_format(*endpoint, endpoint_.output);
    choose(endpoint, endpoint_);
  }

  void add_explain() {
    CLI::App* explain = command(app_, "explain");
    describe_explain(*explain, explain_);
    add_config_option(*explain, explain_.config);
    add_format(*explain, explain_.output);
    choose(explain, explain_);
  }

  void add_forecast() {
    CLI::App* forecast = command(app_, "forecast");
    forecast->add_option("NAME,--deployment", forecast_.deployment, "One deployment (default: all)")
        ->type_name("NAME");
    add_store(*forecast, forecast_.store);
    add_format(*forecast, forecast_.output);
    choose(forecast, forecast_);
  }

  void add_simulate() {
    CLI::App* simulate = command(app_, "simulate");
    simulate->add_option("STORY", simulate_.stories, "Story files, or folders of them")
        ->required()
        ->type_name("");
    add_text(*simulate, "--validator", simulate_.validator, "P@V[+VARIANT]",
             "Profile, version and variant (default: the recording's)");
    add_text(*simulate, "--recording", simulate_.recording, "FILE", "What the real one answered");
    add_format(*simulate, simulate_.output);
    choose(simulate, simulate_);
  }

  void add_profiles() {
    CLI::App* profiles = command(app_, "profiles");
    profiles->add_option("NAME", profiles_.name, "One profile in full (default: list all)")
        ->type_name("");
    add_format(*profiles, profiles_.output);
    choose(profiles, profiles_);
  }

  void add_demo() {
    CLI::App* demo = command(app_, "demo");
    add_format(*demo, demo_.output);
    choose(demo, demo_);
  }

  void add_import() {
    CLI::App* import = command(app_, "import");
    import->add_option("FILE", import_.files, "Observation records, JSON Lines")
        ->required()
        ->type_name("");
    add_store(*import, import_.store);
    add_format(*import, import_.output);
    choose(import, import_);
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

  void add_silences(CLI::App& alerts, CLI::App& show) {
    CLI::App* silence = add_action(alerts, "silence", alerts_, AlertsAction::kSilence);
    CLI::App* unsilence = add_action(alerts, "unsilence", alerts_, AlertsAction::kUnsilence);
    CLI::App* silences = add_action(alerts, "silences", alerts_, AlertsAction::kSilences);
    add_alert_options(show, *silence, *unsilence, alerts_);
    for (CLI::App* each : {silence, unsilence, silences}) {
      add_config_option(*each, alerts_.store.config);
      add_format(*each, alerts_.output);
    }
  }

  void add_alerts() {
    CLI::App* alerts = command(app_, "alerts");
    alerts->require_subcommand(1);
    CLI::App* list = add_action(*alerts, "list", alerts_, AlertsAction::kList);
    list->add_flag("--all", alerts_.all, "Resolved ones too");
    add_store(*list, alerts_.store);
    add_format(*list, alerts_.output);
    CLI::App* show = add_action(*alerts, "show", alerts_, AlertsAction::kShow);
    add_store(*show, alerts_.store);
    add_format(*show, alerts_.output);
    add_silences(*alerts, *show);
    CLI::App* test = add_action(*alerts, "test", alerts_, AlertsAction::kTest);
    add_text(*test, "--receiver", alerts_.receiver, "NAME", "Only to this receiver (default: all)");
    test->add_flag("--dry-run", alerts_.dry_run, "Say what would be sent, and send nothing");
    test->add_flag("--no-wait", alerts_.no_wait, "Do not wait for the result");
    add_config_option(*test, alerts_.store.config);
    add_format(*test, alerts_.output);
  }

  void add_audit() {
    CLI::App* audit = command(app_, "audit");
    audit->require_subcommand(1);
    CLI::App* verify = add_action(*audit, "verify", audit_, AuditAction::kVerify);
    add_text(*verify, "--file", audit_.file, "FILE", "An exported chain, instead of the database");
    add_store(*verify, audit_.store);
    add_format(*verify, audit_.output);
    CLI::App* exported = add_action(*audit, "export", audit_, AuditAction::kExport);
    add_store(*exported, audit_.store);
    add_format(*exported, audit_.output);
  }

  void add_completions() {
    CLI::App* completions = command(app_, "completions");
    completions->add_option("SHELL", completions_.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}))
        ->type_name("");
    choose(completions, completions_);
  }

  void add_db() {
    CLI::App* db = command(app_, "db");
    db->require_subcommand(1);
    for (const auto& [name, action] :
         {std::pair("check", DbAction::kCheck), std::pair("backup", DbAction::kBackup),
          std::pair("compact", DbAction::kCompact)}) {
      CLI::App* made = add_action(*db, name, db_, action);
      if (action == DbAction::kBackup) {
        made->add_option("FILE", db_.file, "The copy: a file that does not exist yet")
            ->required()
            ->type_name("");
      }
      add_store(*made, db_.store);
      add_format(*made, db_.output);
    }
  }

  // For the build alone: --help does not list it.
  void add_manual() {
    CLI::App* manual = command(app_, "manual");
    manual->group("");
    manual->add_option("FOLDER", manual_.folder, "Where to")->required()->type_name("");
    choose(manual, manual_);
  }

  void add_config() {
    CLI::App* config = command(app_, "config");
    config->require_subcommand(1);
    for (const auto& [name, action] :
         {std::pair("check", ConfigAction::kCheck), std::pair("init", ConfigAction::kInit),
          std::pair("show", ConfigAction::kShow), std::pair("schema", ConfigAction::kSchema)}) {
      CLI::App* made = add_action(*config, name, config_, action);
      const bool reads = action == ConfigAction::kCheck || action == ConfigAction::kShow;
      if (reads) add_config_option(*made, config_.config);
      if (action != ConfigAction::kInit) add_format(*made, config_.output);
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
  VersionOptions version_options_;
  ServeOptions serve_;
  StatusOptions status_;
  HealthOptions health_;
  CheckOptions check_;
  DiscoverOptions discover_;
  EndpointOptions endpoint_;
  ExplainOptions explain_;
  ForecastOptions forecast_;
  SimulateOptions simulate_;
  ProfilesOptions profiles_;
  DemoOptions demo_;
  KeysOptions keys_;
  HistoryOptions history_;
  ImportOptions import_;
  AlertsOptions alerts_;
  AuditOptions audit_;
  CompletionsOptions completions_;
  DbOptions db_;
  ConfigOptions config_;
  ManualOptions manual_;
  std::function<Command()> chosen_;
};

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments, Streams& streams) {
  return Parser().parse(arguments, streams);
}

std::vector<CommandDescription> describe_commands() { return Parser().describe(); }

}  // namespace idpwatch::cli
