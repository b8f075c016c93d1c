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

TEST_CASE("/proc tells words, variables and the place of a process", "[discover]") {
  CHECK(zero_separated(std::string_view("node\0a b\0", 9)) ==
        std::vector<std::string>{"node", "a b"});
  const auto variables = process_environment("environ", std::string_view("A=b=c\0=x\0B\0", 11));
  REQUIRE(variables.size() == 1);
  CHECK(variables[0].value == "b=c");
  CHECK(process_place("0::/system.slice/orders.service\n").unit == "orders.service");
  CHECK(process_place("0::/user.slice/user-1000.slice/session-1.scope\n").unit.empty());
  CHECK_FALSE(process_place("0::/system.slice/orders.service\n").contained);
  CHECK(process_place("0::/system.slice/docker-4f.scope\n").contained);
  CHECK(process_place("12:pids:/kubepods/burstable/pod1\n").contained);
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
