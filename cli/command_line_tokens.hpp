// The own options of the commands about one token and one API. A part of command_line.cpp.
#pragma once

#include "cli/options.hpp"

namespace CLI {
class App;
}

namespace idpwatch::cli {

void describe_endpoint(CLI::App& endpoint, EndpointOptions& options);
void describe_explain(CLI::App& explain, ExplainOptions& options);

}  // namespace idpwatch::cli
