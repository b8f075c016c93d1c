#include "cli/command_line_gate.hpp"

#include "cli/check_formats.hpp"
#include "cli/command_line_options.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace idpwatch::cli {
void add_gate_options(CLI::App& check, CheckOptions& options) {
  const auto formats = check_outputs();
  check
      .add_option_function<std::string>(
          "--format",
          [&options, formats](const std::string& text) { options.output = formats.at(text); },
          "text (for people), json (documented), junit, sarif (2.1.0), github (annotations)")
      ->check(CLI::IsMember({"text", "json", "junit", "sarif", "github"}))
      ->type_name("FORMAT");
  add_text(check, "--baseline", options.baseline, "FILE",
           "Findings listed there do not fail the check");
  add_text(check, "--write-baseline", options.write_baseline, "FILE",
           "Accept all that is found now: write it there");
  check
      .add_option_function<std::string>(
          "--fail-on",
          [&options](const std::string& text) { options.fail_on = *model::severity(text); },
          "The least severity to end with 1 for (default: error)")
      ->check(CLI::IsMember({"critical", "error", "warning", "info"}))
      ->type_name("SEVERITY");
  check.add_flag("--exit-zero", options.exit_zero, "End with 0 whatever is found");
}

void add_alert_options(CLI::App& show, CLI::App& silence, CLI::App& unsilence,
                       AlertsOptions& options) {
  show.add_option("FINDING", options.id, "The id of a finding, its beginning, or a rule")
      ->required()
      ->type_name("");
  silence.add_option("MATCHER", options.matchers, "Such as rule=refusal-* or authority=entra")
      ->required()
      ->type_name("");
  add_text(silence, "--for", options.lasting, "DURATION", "How long, such as 2h");
  add_text(silence, "--until", options.until, "TIME", "Or until when");
  add_text(silence, "--comment", options.comment, "TEXT", "Why");
  add_text(silence, "--author", options.author, "NAME", "Who (default: who is logged in)");
  unsilence.add_option("ID", options.id, "As `alerts silences` lists it")
      ->required()
      ->type_name("");
}

}  // namespace idpwatch::cli
