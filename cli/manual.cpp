#include "cli/manual.hpp"

#include "base/text.hpp"
#include "config/config_text.hpp"

namespace idpwatch::cli {
namespace {

// A dot or an apostrophe at its begin would make a line a macro.
std::string safe_line(std::string_view line) {
  const std::string text = roff_escaped(line);
  return text.starts_with('.') || text.starts_with('\'') ? "\\&" + text : text;
}

// As it is printed by --help: lines as they are.
std::string verbatim(std::string_view text) {
  std::string out = ".nf\n";
  for (const std::string_view line : base::split(text, '\n')) {
    if (!base::trim(line).empty()) out += safe_line(line) + "\n";
  }
  return out + ".fi\n";
}

std::string option_text(const OptionDescription& option) {
  std::string out = ".TP\n\\fB";
  std::vector<std::string> names;
  names.reserve(option.names.size());
  for (const std::string& name : option.names) names.push_back(roff_escaped(name));
  if (names.empty()) {
    return ".TP\n\\fI" + roff_escaped(option.argument) + "\\fR\n" + safe_line(option.help) + "\n";
  }
  out += base::join(names, "\\fR, \\fB") + "\\fR";
  if (!option.argument.empty()) out += " \\fI" + roff_escaped(option.argument) + "\\fR";
  return out + "\n" + safe_line(option.help) + "\n";
}

std::string paragraphs(std::string_view text) {
  std::string out;
  for (const std::string_view line : base::split(text, '\n')) {
    out += base::trim(line).empty() ? ".PP\n" : safe_line(line) + "\n";
  }
  return out;
}

std::string command_text(const CommandDescription& command) {
  std::string out = ".SS idpwatch " + roff_escaped(command.path) + "\n";
  out += safe_line(command.help->summary) + ".\n";
  if (!command.help->text.empty()) out += ".PP\n" + paragraphs(command.help->text);
  for (const OptionDescription& option : command.options) {
    if (option.names.empty() || option.names.back() != "--help") out += option_text(option);
  }
  if (!command.commands.empty()) return out;
  out += ".PP\nExamples:\n" + verbatim(command.help->examples);
  return out + ".PP\nExit codes:\n" + verbatim(command.help->exits);
}

constexpr std::string_view kClosing = R"(.SH FILES
.TP
\fI/etc/idpwatch/idpwatch.yaml\fR
The configuration; \fIconf.d/*.yaml\fR beside it is added to it.
.TP
\fI/var/lib/idpwatch/idpwatch.db\fR
The database, with history and audit trail (systemd's StateDirectory, else ~/.local/state/idpwatch for a user).
.SH ENVIRONMENT
.TP
\fBIDPWATCH_CONFIG\fR
The configuration, where \fB\-\-config\fR names none.
.TP
\fBSTATE_DIRECTORY\fR, \fBCREDENTIALS_DIRECTORY\fR, \fBNOTIFY_SOCKET\fR, \fBWATCHDOG_USEC\fR
As systemd sets them.
.TP
\fBNO_COLOR\fR
No colour on a terminal.
.TP
\fBhttps_proxy\fR, \fBHTTPS_PROXY\fR, \fBno_proxy\fR, \fBNO_PROXY\fR, \fBSSL_CERT_FILE\fR, \fBSSL_CERT_DIR\fR
How probes reach the providers, where the configuration does not say.
.SH SEE ALSO
.BR idpwatch.yaml (5)
)";

}  // namespace

std::string roff_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string manual_page(const std::vector<CommandDescription>& commands) {
  const CommandDescription& program = commands.front();
  std::string out = ".\\\" Generated from the command line itself; a test keeps them equal.\n";
  out +=
      ".TH IDPWATCH 1\n.SH NAME\nidpwatch \\- watch identity providers and forecast the 401s of "
      "services\n";
  out += ".SH SYNOPSIS\n.B idpwatch\n.I COMMAND\n.RI [ OPTION ]...\n.SH DESCRIPTION\n";
  out += safe_line(program.help->summary) + "\n.SH OPTIONS\n";
  for (const OptionDescription& option : program.options) out += option_text(option);
  out += ".SH COMMANDS\n";
  for (std::size_t i = 1; i < commands.size(); ++i) out += command_text(commands[i]);
  out += ".SH EXIT STATUS\n" + verbatim(program.help->exits);
  out += ".SH EXAMPLES\n" + verbatim(program.help->examples);
  return out + std::string(kClosing);
}

std::string configuration_manual() {
  return ".\\\" Generated from the table of fields; a test keeps them equal.\n"
         ".TH IDPWATCH.YAML 5\n.SH NAME\nidpwatch.yaml \\- configuration of idpwatch\n"
         ".SH DESCRIPTION\n" +
         man_of_markdown(config::config_reference()) + ".SH SEE ALSO\n.BR idpwatch (1)\n";
}

}  // namespace idpwatch::cli
