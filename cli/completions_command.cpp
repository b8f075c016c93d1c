#include "cli/commands.hpp"
#include "cli/completions.hpp"

namespace idpwatch::cli {

int run_completions(const CompletionsOptions& options, Streams& streams) {
  const Commands commands = describe_commands();
  if (options.shell == "bash") {
    streams.out << bash_completions(commands);
  } else if (options.shell == "zsh") {
    streams.out << zsh_completions(commands);
  } else {
    streams.out << fish_completions(commands);
  }
  return kFine;
}

}  // namespace idpwatch::cli
