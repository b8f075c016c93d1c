#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/completions.hpp"
#include "cli/manual.hpp"

#include <fstream>
#include <string>

namespace idpwatch::cli {

int run_manual(const ManualOptions& options, Streams& streams) {
  const Commands commands = describe_commands();
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream out(options.folder + "/" + name, std::ios::binary);
    out << text;
    return static_cast<bool>(out.flush());
  };
  const bool written = write("idpwatch.1", manual_page(commands)) &&
                       write("idpwatch.yaml.5", configuration_manual()) &&
                       write("idpwatch.bash", bash_completions(commands)) &&
                       write("_idpwatch", zsh_completions(commands)) &&
                       write("idpwatch.fish", fish_completions(commands));
  if (written) return kFine;
  return report(streams, base::make_error(base::ErrorKind::kUnreadable,
                                          "cannot write to " + base::printable(options.folder),
                                          "name a folder that exists"));
}

}  // namespace idpwatch::cli
