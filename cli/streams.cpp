#include "cli/streams.hpp"

#include "base/environment.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

#include <iostream>
#include <unistd.h>

namespace idpwatch::cli {

Streams Streams::of_process(const base::Environment& environment) {
  const bool out_terminal = isatty(STDOUT_FILENO) == 1;
  const bool colour = out_terminal && !environment.get_nonempty("NO_COLOR") &&
                      environment.get("TERM").value_or("") != "dumb";
  return {std::cout,
          std::cerr,
          out_terminal,
          isatty(STDERR_FILENO) == 1,
          colour,
          &std::cin,
          isatty(STDIN_FILENO) == 1};
}

ExitCode report(Streams& streams, const base::Error& error) {
  base::Error plain = error;
  plain.hint.clear();
  constexpr std::size_t kCharacters = 2000;
  const auto shown = [](const std::string& text) {
    return base::printable(base::without_url_secrets(text), kCharacters);
  };
  streams.err << "idpwatch: " << shown(plain.text()) << '\n';
  if (!error.hint.empty()) streams.err << "  " << shown(error.hint) << '\n';
  return exit_code(error.kind);
}

}  // namespace idpwatch::cli
