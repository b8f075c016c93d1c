#include "deployed/dotnet/dotnet_environment.hpp"
#include "tests/unit/deployed/helpers.hpp"

namespace idpwatch::deployed {
namespace {

std::string value_of(const std::string& text, const std::string& name) {
  const auto read = read_environment_file("/etc/orders/env", text);
  REQUIRE(read);
  const EnvironmentVariable* variable = find_variable(read->variables, name);
  return variable == nullptr ? "(absent)" : variable->value;
}

TEST_CASE("an environment file is read as systemd reads it", "[deployed]") {
  CHECK(value_of("A=b\n", "A") == "b");
  CHECK(value_of("  A  =  b c  \n", "A") == "b c");
  CHECK(value_of("A='b  '\n", "A") == "b  ");
  CHECK(value_of("A=\"b \\\"c\\\" \\n \\$\"\n", "A") == "b \"c\" \\n $");
  CHECK(value_of("A='it is \"so\" \\n'\n", "A") == "it is \"so\" \\n");
  CHECK(value_of("A=b\\\nc\n", "A") == "bc");
  CHECK(value_of("A=\"b\\\nc\"\n", "A") == "bc");
  CHECK(value_of("A='b\nc'\n", "A") == "b\nc");
  CHECK(value_of("A='b'\"d\"\n", "A") == "bd");
  // A quote inside a bare value is a character like any other.
  CHECK(value_of("A='b'c\"d\"\n", "A") == "bc\"d\"");
  CHECK(value_of("A=b # no comment\n", "A") == "b # no comment");
  CHECK(value_of("A=b;c\n", "A") == "b;c");
  CHECK(value_of("A=\n", "A").empty());
  CHECK(value_of("A=b", "A") == "b");
  CHECK(value_of("A=1\nA=2\n", "A") == "2");
  CHECK(value_of("A=$B ${C}\n", "A") == "$B ${C}");
  CHECK(value_of("A=b\r\nC=d\r\n", "A") == "b");
  CHECK(value_of("\xEF\xBB\xBF"
                 "A=b\n",
                 "A") == "b");
}

TEST_CASE("comments of an environment file begin a line, and an escape ends with the line",
          "[deployed]") {
  CHECK(value_of("# A=1\n; A=2\n   # A=3\nA=4\n", "A") == "4");
  CHECK(value_of("# comment \\\nA=1\n", "A") == "1");
  CHECK(value_of("\n\nA=1\n", "A") == "1");
}

TEST_CASE("what systemd ignores in an environment file is ignored, and told with its line",
          "[deployed]") {
  const auto read =
      read_environment_file("/etc/env", "no assignment\nexport A=1\n1B=2\nX:Y=3\nC=4\nD=\xFF\n");
  REQUIRE(read);
  REQUIRE(read->variables.size() == 1);
  CHECK(read->variables[0].name == "C");
  CHECK(read->variables[0].origin.line == 5);
  REQUIRE(read->notes.size() == 5);
  CHECK(read->notes[0].origin.line == 1);
  CHECK(has_note(read->notes, NoteKind::kIgnored, "'export'"));
  CHECK(has_note(read->notes, NoteKind::kIgnored, "'X:Y' is not a variable name"));
}

TEST_CASE("an environment file over 1 MiB is refused", "[deployed]") {
  CHECK_FALSE(read_environment_file("/etc/env", std::string((1 << 20) + 1, 'A')));
}

TEST_CASE("two underscores become a colon, one does not, and the prefix goes", "[deployed]") {
  Configuration configuration;
  add_environment_layer(configuration,
                        variables({{"A__B_C", "1"}, {"a__b___d", "2"}, {"DOTNET_X__Y", "3"}}), "");
  CHECK(configuration.get("a:B_c")->text == "1");
  CHECK(configuration.get("A:B:_D")->text == "2");
  CHECK(configuration.get("DOTNET_X:Y")->text == "3");
  Configuration host;
  add_environment_layer(host, variables({{"dotnet_X__Y", "3"}, {"A", "1"}}), "DOTNET_");
  CHECK(host.get("X:Y")->text == "3");
  CHECK(host.get("X:Y")->origin.key == "dotnet_X__Y");
  CHECK(host.children("").size() == 1);
}

TEST_CASE("DOTNET_ENVIRONMENT wins from .NET 7 on, ASPNETCORE_ENVIRONMENT before", "[deployed]") {
  const Environment both =
      variables({{"ASPNETCORE_ENVIRONMENT", "A"}, {"DOTNET_ENVIRONMENT", "D"}});
  CHECK(environment_name_variable(both, 8)->value == "D");
  CHECK(environment_name_variable(both, 0)->value == "D");
  CHECK(environment_name_variable(both, 6)->value == "A");
  CHECK(environment_name_variable(variables({{"ASPNETCORE_ENVIRONMENT", "A"}}), 8)->value == "A");
  CHECK(environment_name_variable(variables({{"ENVIRONMENT", "A"}}), 8) == nullptr);
}

}  // namespace
}  // namespace idpwatch::deployed
