// What of a deployed file's line is shown: the setting that a finding points at, and nothing
// secret.
#include "cli/source_lines.hpp"

#include <catch2/catch.hpp>

using idpwatch::cli::shown_line;

TEST_CASE("a line is shown with the value that is pointed at, and no other", "[cli]") {
  CHECK(shown_line(R"("Authority": "https://idp.test/t",)", "Jwt:Authority") ==
        R"("Authority": "https://idp.test/t",)");
  CHECK(shown_line(R"("Jwt": {"authority": "https://idp.test", "ClientSecret": "s3cret"})",
                   "Jwt:Authority") ==
        R"("Jwt": {"authority": "https://idp.test", "ClientSecret": "..."})");
  CHECK(shown_line(R"({"A":{"Authority":"https://a.test","Key":"p\"w"},"Db":"Password=x"})",
                   "A:Authority") ==
        R"({"A":{"Authority":"https://a.test","Key":"..."},"Db":"..."})");
}

TEST_CASE("an element of an array is shown, on the line of its name or on its own", "[cli]") {
  CHECK(shown_line(R"("ValidAudiences": ["api://orders", "b"], "Secret": "x")",
                   "Jwt:ValidAudiences:0") ==
        R"("ValidAudiences": ["api://orders", "b"], "Secret": "...")");
  CHECK(shown_line(R"("api://orders",)", "Jwt:ValidAudiences:1") == R"("api://orders",)");
}

TEST_CASE("what is pointed at is hidden where it is a secret itself", "[cli]") {
  CHECK(shown_line(R"("Key": "c2VjcmV0",)", "Jwt:Key") == R"("Key": "...",)");
  CHECK(shown_line("Jwt__Secret=c2VjcmV0", "Jwt:Secret") == "Jwt__Secret=...");
  CHECK(shown_line(R"("Authority": "https://u:p@idp.test/t")", "Jwt:Authority") ==
        R"("Authority": "https://idp.test/t")");
  CHECK(shown_line("Jwt__Authority=https://u:p@idp.test", "Jwt:Authority") ==
        "Jwt__Authority=https://idp.test");
}

TEST_CASE("a line that ends in the middle of a string is shown no further", "[cli]") {
  CHECK(shown_line(R"("Password": "abc)", "Jwt:Authority") == R"("Password": "...")");
  CHECK(shown_line("", "Jwt:Authority").empty());
}
