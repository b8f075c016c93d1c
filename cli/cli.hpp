// The program: command line -> subcommand -> exit code.
#pragma once

#include "cli/streams.hpp"

#include <string>
#include <vector>

namespace idpwatch::cli {

int main(int argc, char** argv);

// The same, driven by tests: arguments without the program's name.
int run(const std::vector<std::string>& arguments, Streams& streams);

}  // namespace idpwatch::cli
