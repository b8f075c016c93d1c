#include "discover/program.hpp"

#include "discover/route.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::discover;

TEST_CASE("the program of a command line is what decides where its settings lie", "[discover]") {
  const auto is = [](const std::vector<std::string>& command, ProgramKind kind,
                     const std::string& path) {
    const Program program = program_of(command, "/srv/orders");
    CHECK(program.kind == kind);
    CHECK(program.path == path);
  };
  is({"/usr/bin/dotnet", "Orders.dll", "--x"}, ProgramKind::kDotnet, "/srv/orders/Orders.dll");
  is({"dotnet", "exec", "/opt/a/../b/B.dll"}, ProgramKind::kDotnet, "/opt/b/B.dll");
  is({"/usr/bin/node", "-r", "dotenv/config", "--enable-source-maps", "dist/main.js"},
     ProgramKind::kNode, "/srv/orders/dist/main.js");
  is({"/usr/bin/env", "node", "server.js"}, ProgramKind::kNode, "/srv/orders/server.js");
  is({"./Orders"}, ProgramKind::kOther, "/srv/orders/Orders");
  is({"/usr/bin/dotnet", "--info"}, ProgramKind::kOther, "/usr/bin/dotnet");
  CHECK(program_of({}, "/").path.empty());
}

TEST_CASE("a path never leads above the root", "[discover]") {
  CHECK(absolute("/srv", "../../../etc") == "/etc");
  CHECK(absolute("/srv/", "./a//b/") == "/srv/a/b");
  CHECK(absolute("/", "") == "/");
  CHECK(folder_of("/a") == "/");
  CHECK(folder_of("/a/b") == "/a");
}

TEST_CASE("a route tells proxies and certificates, and no password", "[discover]") {
  const Route route = route_of({{"HTTPS_PROXY", "http://u:secret@proxy:3128", {}},
                                {"https_proxy", "u:secret@proxy:3128", {}},
                                {"NO_PROXY", "a.test", {}},
                                {"NO_PROXY", "b.test", {}},
                                {"PATH", "/bin", {}}},
                               true);
  using Variables = std::vector<std::pair<std::string, std::string>>;
  CHECK(route.variables == Variables{{"HTTPS_PROXY", "http://proxy:3128"},
                                     {"https_proxy", "proxy:3128"},
                                     {"NO_PROXY", "b.test"}});
}
