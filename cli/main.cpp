#include "cli/cli.hpp"

int main(int argc, char** argv) { return idpwatch::cli::main(argc, argv); }
