#include "model/discovery.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace idpwatch::model {

using nlohmann::json;

namespace {
Discovery document(const char* text) { return parse_discovery(json::parse(text)).value(); }
}  // namespace

TEST_CASE("arrays of a document are sets, at every depth", "[model]") {
  const Discovery before =
      document(R"({"issuer":"i","a":["x","y","x"],"b":{"c":[["p","q"],["r"]]}})");
  const Discovery after = document(R"({"b":{"c":[["r"],["q","p"]]},"a":["y","x"],"issuer":"i"})");
  CHECK(changed_members(before, after).empty());
  CHECK(changed_members(before, document(R"({"issuer":"i","a":["x"],"b":{"c":[]},"n":1})")) ==
        std::vector<std::string>{"a", "b", "n"});
}

TEST_CASE("members that change at every look say nothing", "[model]") {
  const Discovery before = document(R"({"issuer":"i","requestid":"1","request_id":"2"})");
  const Discovery after = document(R"({"issuer":"i","requestid":"3","x-request-id":"4"})");
  CHECK(changed_members(before, after).empty());
}

TEST_CASE("issuer and jwks_uri count only as strings", "[model]") {
  const Discovery odd = document(R"({"issuer":["i"],"jwks_uri":null})");
  CHECK_FALSE(odd.issuer);
  CHECK_FALSE(odd.jwks_uri);
  CHECK(document(R"({"issuer":"i"})").issuer == "i");
  CHECK_FALSE(parse_discovery(json::array()));
}

}  // namespace idpwatch::model
