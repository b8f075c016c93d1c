#include "discover/unit_file.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch::discover;

namespace {

using Words = std::vector<std::string>;

UnitService unit(std::string_view bytes) {
  UnitService service;
  add_unit_file(service, "/etc/systemd/system/orders.service", bytes);
  return service;
}

}  // namespace

TEST_CASE("words of a unit are split as systemd splits them", "[discover]") {
  CHECK(unit_words("dotnet  Orders.dll --urls 'http://+:5000'") ==
        Words{"dotnet", "Orders.dll", "--urls", "http://+:5000"});
  CHECK(unit_words(R"("A=b c" D=e\sf "")") == Words{"A=b c", "D=e f", ""});
  CHECK(unit_words("").empty());
}

TEST_CASE("a unit tells program, folder, variables and environment files", "[discover]") {
  const UnitService service = unit(
      "[Unit]\nEnvironment=NOT=this\n[Service]\n# a "
      "comment\nWorkingDirectory=/srv/orders\nUser=orders\n"
      "ExecStart=-/usr/bin/dotnet \\\n  Orders.dll\nExecStart=/bin/second\n"
      "Environment=\"A=b c\" "
      "D=%%e\nEnvironmentFile=/etc/orders/env\nEnvironmentFile=-/etc/orders/more\n");
  CHECK(service.command == Words{"/usr/bin/dotnet", "Orders.dll"});
  CHECK(service.working_directory == "/srv/orders");
  CHECK(service.user == "orders");
  REQUIRE(service.environment.size() == 2);
  CHECK(service.environment[0].value == "b c");
  CHECK(service.environment[0].origin.line == 10);
  CHECK(service.environment[1].value == "%e");
  REQUIRE(service.environment_files.size() == 2);
  CHECK_FALSE(service.environment_files[0].optional);
  CHECK(service.environment_files[1].path == "/etc/orders/more");
  CHECK(service.environment_files[1].optional);
}

TEST_CASE("a drop-in adds to lists, and empties them with an empty value", "[discover]") {
  UnitService service = unit("[Service]\nExecStart=/old\nEnvironment=A=1\nEnvironmentFile=/a\n");
  add_unit_file(service, "10.conf", "[Service]\nEnvironment=B=2\nExecStart=\nExecStart=/new x\n");
  CHECK(service.command == Words{"/new", "x"});
  REQUIRE(service.environment.size() == 2);
  add_unit_file(service, "20.conf", "[Service]\nEnvironment=\nEnvironmentFile=\n");
  CHECK(service.environment.empty());
  CHECK(service.environment_files.empty());
}

TEST_CASE("the prefixes of a command are not part of it", "[discover]") {
  CHECK(unit("[Service]\nExecStart=@/usr/bin/node orders server.js\n").command ==
        Words{"/usr/bin/node", "server.js"});
  CHECK(unit("[Service]\nExecStart=+!/usr/bin/x y\n").command == Words{"/usr/bin/x", "y"});
}

TEST_CASE("what is no unit is an empty one", "[discover]") {
  CHECK(unit(std::string_view("\0\xFF[Service\n=\n[Service]\n=x\nExecStart\n\\", 36))
            .command.empty());
  CHECK(unit("[Service]\nExecStart=\"never closed").command == Words{"never closed"});
}
