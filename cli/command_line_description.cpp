#include "cli/command_line_description.hpp"

#include "base/text.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace idpwatch::cli {
namespace {

// CLI11 writes the values of a choice behind the type: "FORMAT:{text,json}".
void take_type(OptionDescription& option, const std::string& type) {
  option.argument = type.substr(0, type.find(':'));
  const std::size_t begin = type.find('{'), end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return;
  for (const std::string_view choice :
       base::split(std::string_view(type).substr(begin + 1, end - begin - 1), ',')) {
    option.choices.emplace_back(base::trim(choice));
  }
}

OptionDescription describe(const CLI::Option& option) {
  OptionDescription out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  if (option.get_items_expected_max() > 0) take_type(out, option.get_type_name());
  if (option.get_positional() && out.names.empty()) out.argument = option.get_name(true);
  out.help = option.get_description();
  return out;
}

// NOLINTNEXTLINE(misc-no-recursion): commands are two deep.
void describe(const CLI::App& app, const std::string& path, std::vector<CommandDescription>& out) {
  CommandDescription command;
  command.path = path;
  command.help = &help_of(path);
  for (const CLI::Option* option : app.get_options()) command.options.push_back(describe(*option));
  const auto below = app.get_subcommands(
      [](const CLI::App* each) { return !each->get_group().empty(); });  // those that are shown
  for (const CLI::App* each : below) command.commands.push_back(each->get_name());
  out.push_back(std::move(command));
  for (const CLI::App* each : below) {
    describe(*each, path + (path.empty() ? "" : " ") + each->get_name(), out);
  }
}

}  // namespace

std::vector<CommandDescription> describe(const CLI::App& app) {
  std::vector<CommandDescription> out;
  describe(app, "", out);
  return out;
}

}  // namespace idpwatch::cli
