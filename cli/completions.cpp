#include "cli/completions.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace idpwatch::cli {
namespace {

bool is_argument(const OptionDescription& option) { return option.names.empty(); }

// What is completed by file names.
bool takes_file(const OptionDescription& option) {
  const std::string& type = option.argument;
  return type == "FILE" || type == "PATH" || type == "DIR" || type == "STORY";
}

std::string join(const std::vector<std::string>& words) { return base::join(words, " "); }

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
  return text;
}

// Within '...' of a shell.
std::string quoted(const std::string& text) { return replaced(text, "'", "'\\''"); }

// ---- bash

std::string bash_case(const CommandDescription& command) {
  std::vector<std::string> words = command.commands;
  bool files = false;
  for (const OptionDescription& option : command.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
    if (is_argument(option)) {
      words.insert(words.end(), option.choices.begin(), option.choices.end());
    }
    files = files || (is_argument(option) && takes_file(option));
  }
  return "    '" + command.path + "') words='" + join(words) +
         "'; files=" + (files ? "yes" : "no") + " ;;\n";
}

// What follows an option: the same wherever the option is known.
std::string bash_values(const CommandDescription& command) {
  std::string out;
  for (const OptionDescription& option : command.options) {
    if (is_argument(option) || option.argument.empty()) continue;
    for (const std::string& name : option.names) {
      out += "    '" + command.path + "|" + name + "') ";
      if (!option.choices.empty()) {
        out += "COMPREPLY=($(compgen -W '" + join(option.choices) + "' -- \"$cur\"))";
      } else if (takes_file(option)) {
        out += "COMPREPLY=($(compgen -f -- \"$cur\"))";
      } else {
        out += "COMPREPLY=()";
      }
      out += "; return ;;\n";
    }
  }
  return out;
}

// ---- zsh

std::string function_of(const std::string& path) {
  return "_idpwatch" + (path.empty() ? "" : "_" + replaced(path, " ", "_"));
}

std::string zsh_help(const std::string& help) {
  return quoted(replaced(replaced(help, "[", "\\["), "]", "\\]"));
}

std::string zsh_value(const OptionDescription& option) {
  if (option.argument.empty()) return {};
  std::string out = ":" + option.argument + ":";
  if (!option.choices.empty()) return out + "(" + join(option.choices) + ")";
  return out + (takes_file(option) ? "_files" : " ");
}

std::string zsh_option(const OptionDescription& option) {
  if (is_argument(option)) {
    const std::string values = option.choices.empty() ? " " : "(" + join(option.choices) + ")";
    return " '*:" + option.argument + ":" + (takes_file(option) ? "_files" : values) + "'";
  }
  std::string out;
  for (const std::string& name : option.names) {
    out += " \\\n    '(" + join(option.names) + ")" + name + "[" + zsh_help(option.help) + "]" +
           zsh_value(option) + "'";
  }
  return out;
}

std::string zsh_function(const CommandDescription& command, const Commands& all) {
  std::string out = function_of(command.path) + "() {\n";
  std::string arguments;
  for (const OptionDescription& option : command.options) arguments += zsh_option(option);
  if (command.commands.empty()) return out + "  _arguments" + arguments + "\n}\n\n";
  out += "  local state line\n  local -a commands\n  commands=(\n";
  for (const std::string& name : command.commands) {
    const std::string path = command.path + (command.path.empty() ? "" : " ") + name;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.path == path; });
    out += "    '" + name + ":" + quoted(std::string(found->help->summary)) + "'\n";
  }
  out += "  )\n  _arguments -C" + arguments + " \\\n    '1: :->command' '*:: :->rest'\n";
  out += "  case $state in\n    command) _describe command commands ;;\n";
  out += "    rest) (( $+functions[" + function_of(command.path) + "_$words[1]] )) && " +
         function_of(command.path) + "_$words[1] ;;\n  esac\n}\n\n";
  return out;
}

// ---- fish

// When it holds: all words of the path were said, and none of those below.
std::string fish_condition(const CommandDescription& command) {
  if (command.path.empty()) return "__fish_use_subcommand";
  std::string out;
  for (const std::string_view word : base::split(command.path, ' ')) {
    out += (out.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + std::string(word));
  }
  if (!command.commands.empty()) {
    out += "; and not __fish_seen_subcommand_from " + join(command.commands);
  }
  return out;
}

std::string fish_option(const std::string& condition, const OptionDescription& option) {
  std::string out = "complete -c idpwatch -n '" + condition + "'";
  if (is_argument(option)) {
    if (!option.choices.empty()) return out + " -a '" + join(option.choices) + "'\n";
    return takes_file(option) ? out + " -F\n" : std::string();
  }
  for (const std::string& name : option.names) {
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!option.argument.empty()) out += takes_file(option) ? " -r -F" : " -x";
  if (!option.choices.empty()) out += " -a '" + join(option.choices) + "'";
  return out + " -d '" + replaced(replaced(option.help, "\\", "\\\\"), "'", "\\'") + "'\n";
}

}  // namespace

std::string bash_completions(const Commands& commands) {
  std::string out = R"(# bash completion for idpwatch: idpwatch completions bash
_idpwatch() {
  local cur=${COMP_WORDS[COMP_CWORD]} path='' word next words files i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    next=${path:+$path }$word
    case "$next" in
)";
  std::vector<std::string> paths;
  for (const CommandDescription& command : commands) {
    if (!command.path.empty()) paths.push_back("'" + command.path + "'");
  }
  out += "      " + base::join(paths, "|") + ") path=$next ;;\n    esac\n  done\n";
  out += "  case \"$path|${COMP_WORDS[COMP_CWORD-1]}\" in\n";
  for (const CommandDescription& command : commands) out += bash_values(command);
  out += "  esac\n  case \"$path\" in\n";
  for (const CommandDescription& command : commands) out += bash_case(command);
  out += R"(  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ $files == yes && $cur != -* ]]; then COMPREPLY+=($(compgen -f -- "$cur")); fi
}
complete -o filenames -F _idpwatch idpwatch
)";
  return out;
}

std::string zsh_completions(const Commands& commands) {
  std::string out =
      "#compdef idpwatch\n# zsh completion for idpwatch: idpwatch completions zsh\n\n";
  for (const CommandDescription& command : commands) out += zsh_function(command, commands);
  return out + "_idpwatch \"$@\"\n";
}

std::string fish_completions(const Commands& commands) {
  std::string out =
      "# fish completion for idpwatch: idpwatch completions fish\ncomplete -c idpwatch -f\n";
  for (const CommandDescription& command : commands) {
    const std::string condition = fish_condition(command);
    for (const std::string& name : command.commands) {
      const std::string path = command.path + (command.path.empty() ? "" : " ") + name;
      const std::string summary = replaced(std::string(help_of(path).summary), "'", "\\'");
      out.append("complete -c idpwatch -n '").append(condition).append("' -a ").append(name);
      out.append(" -d '").append(summary).append("'\n");
    }
    for (const OptionDescription& option : command.options) out += fish_option(condition, option);
  }
  return out;
}

}  // namespace idpwatch::cli
