#include "discover/discovered_config.hpp"

#include "config/tree.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::discover;

namespace {

// As our configuration reads it.
config::Node parsed(const std::string& yaml) {
  config::ConfigProblems problems;
  config::Node root = config::parse_yaml(yaml, "found.yaml", problems);
  config::expand_variables(root, base::Environment(), problems);
  INFO(yaml);
  CHECK(problems.empty());
  return root;
}

Candidate orders() {
  Candidate candidate;
  candidate.name = "orders";
  candidate.where = "unit orders.service";
  candidate.kind = ProgramKind::kDotnet;
  candidate.content_root = candidate.program_folder = "/srv/orders";
  candidate.settings = {
      {"/srv/orders/appsettings.Production.json", "{}", true},
      {"/srv/orders/appsettings.Staging.json",
       R"({"Authentication":{"Schemes":{"Bearer":{"Authority":"https://idp.test/staging"}}}})",
       true},
      {"/srv/orders/appsettings.json",
       R"({"Authentication":{"Schemes":{"Bearer":{"Authority":"https://idp.test/prod"}}}})", true}};
  return candidate;
}

}  // namespace

TEST_CASE("any text is read back by our configuration as it was", "[discover]") {
  for (const std::string& text :
       {std::string("/srv/a b"), std::string("yes"), std::string("1.10"), std::string("a: b # c"),
        std::string("\"quoted\" \\ and ${HOME}"), std::string("-x"), std::string("*a"),
        std::string("tab\tand\nline"), std::string("gr\xC3\xBC\xC3\x9F"), std::string("~")}) {
    const config::Node root = parsed("a: " + yaml_scalar(text) + "\n");
    REQUIRE(root.find("a") != nullptr);
    CHECK(root.find("a")->value.text == text);
  }
}

TEST_CASE("the environment of a unit decides which appsettings it reads", "[discover]") {
  Candidate candidate = orders();
  candidate.environment = {{"ASPNETCORE_ENVIRONMENT", "Staging", {}}};
  const FoundService found = service_of(candidate);
  CHECK(found.files == std::vector<std::string>{"/srv/orders/appsettings.json",
                                                "/srv/orders/appsettings.Staging.json"});
  REQUIRE(found.reads.size() == 1);
  CHECK(found.reads[0].find("https://idp.test/staging") != std::string::npos);
  CHECK(found.settings.empty());
}

TEST_CASE("what a variable of the unit overrides is written as settings, since no file holds it",
          "[discover]") {
  Candidate candidate = orders();
  candidate.environment = {
      {"Authentication__Schemes__Bearer__Authority", "https://idp.test/other", {}}};
  const FoundService found = service_of(candidate);
  REQUIRE(found.settings.size() == 1);
  CHECK(found.settings[0].name == "authority");
  CHECK(found.settings[0].values == std::vector<std::string>{"https://idp.test/other"});
}

TEST_CASE("hostile names and notes stay comments and quoted values", "[discover]") {
  Candidate candidate = orders();
  candidate.name = "a\n  - evil: {x";
  candidate.where = "unit x\nlisten: off\n";
  Discovery discovery;
  discovery.services = {service_of(candidate)};
  discovery.not_read = {{"/p\nlisten: off", "why\n", "fix\n"}};
  const config::Node root = parsed(discovered_config(discovery));
  REQUIRE(root.members.size() == 1);
  CHECK(root.members[0].name == "deployments");
  REQUIRE(root.members[0].value.items.size() == 1);
}

TEST_CASE("a Node.js service is told by its variables, else shown as a comment", "[discover]") {
  Candidate candidate;
  candidate.name = "shop";
  candidate.kind = ProgramKind::kNode;
  candidate.jose_version = "5.9.6";
  CHECK_FALSE(service_of(candidate).entry);
  candidate.environment = {{"OIDC_ISSUER", "https://user:secret@idp.test", {}},
                           {"API_AUDIENCE", "api://shop", {}}};
  const FoundService found = service_of(candidate);
  CHECK(found.entry);
  CHECK(found.profile == "jose");
  REQUIRE(found.settings.size() == 3);
  CHECK(found.settings[0].values == std::vector<std::string>{"https://idp.test"});
  candidate.jose_version.clear();
  CHECK_FALSE(service_of(candidate).entry);
}

TEST_CASE("nothing found is a configuration as well, and names are unique", "[discover]") {
  CHECK(parsed(discovered_config({})).members.size() == 1);
  std::vector<FoundService> services(3);
  services[0].name = services[1].name = "a";
  make_names_unique(services);
  CHECK(services[1].name == "a-2");
  CHECK(services[2].name == "service");
}
