#include "deployed/core/process_facts.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch::deployed;

TEST_CASE("/proc tells words, variables and the place of a process", "[deployed]") {
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
