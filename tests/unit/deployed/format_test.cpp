#include "deployed/core/format.hpp"

#include "tests/unit/deployed/helpers.hpp"

namespace idpwatch::deployed {
namespace {

std::string error_of(const DeployedFile& deployed) {
  const auto reading = read_deployed({deployed}, {}, {});
  REQUIRE_FALSE(reading);
  CHECK(reading.error().kind == base::ErrorKind::kInput);
  return reading.error().text();
}

TEST_CASE("a format that is not read yet says what was recognised", "[deployed]") {
  CHECK(
      error_of(file("/srv/application.yml", "spring:\n"))
          .find(
              "/srv/application.yml: this is a Spring or Quarkus configuration, which is not read "
              "yet") == 0);
  CHECK(error_of(file("envoy.yaml", "static_resources:\n")).find("Envoy") != std::string::npos);
  CHECK(error_of(file("envoy.json", R"({"static_resources": {}})")).find("Envoy") !=
        std::string::npos);
  CHECK(error_of(file("ra.yaml", "kind: RequestAuthentication\n")).find("Istio") !=
        std::string::npos);
  CHECK(error_of(file("a.yaml", "kind: AuthenticationConfiguration\n")).find("kube-apiserver") !=
        std::string::npos);
  CHECK(error_of(file("/etc/oauth2-proxy.cfg", "provider = \"oidc\"\n")).find("oauth2-proxy") !=
        std::string::npos);
  CHECK(error_of(file("grafana.ini", "")).find("Grafana") != std::string::npos);
  CHECK(error_of(file("site.conf", "auth_jwt \"x\";\n")).find("nginx") != std::string::npos);
}

TEST_CASE("what is no deployed configuration is refused with what is read", "[deployed]") {
  const std::string text = error_of(file("/bin/ls", std::string("\x7f"
                                                                "ELF\0\0",
                                                                6)));
  CHECK(text.find("/bin/ls: not a known kind of deployed configuration") == 0);
  CHECK(text.find("appsettings*.json") != std::string::npos);
}

TEST_CASE("environment files are known by their name or by their lines", "[deployed]") {
  CHECK(recognise(file("/etc/orders/env", "")).format == Format::kEnvironmentFile);
  CHECK(recognise(file("/etc/default/orders", "# x\nA__B=c\n")).format == Format::kEnvironmentFile);
  CHECK(recognise(file("prod.env", "export A=1\n")).format == Format::kEnvironmentFile);
  CHECK(recognise(file("/etc/hosts", "127.0.0.1 localhost\n")).format == Format::kUnknown);
}

TEST_CASE("another JSON file with settings is a layer above the appsettings", "[deployed]") {
  const DeployedValidator validator = read_one(
      {file("/config/extra.json", "// more\n{\"Jwt\": {\"Audience\": \"b\"}}"),
       file("appsettings.json", R"({"Jwt": {"Authority": "https://idp", "Audience": "a"}})")});
  CHECK(validator.settings.audiences.value() == Texts{"b"});
  CHECK(validator.settings.audiences.origin().file == "/config/extra.json");
}

TEST_CASE("bad UTF-8 and files too large are refused with file and line", "[deployed]") {
  CHECK(error_of(file("/srv/appsettings.json", "{\n\"a\": \"\xC3\x28\"}"))
            .find("/srv/appsettings.json: line 2, column 7: a byte that is not UTF-8") == 0);
  CHECK(error_of(file("/srv/appsettings.json", std::string(3 << 20, ' ')))
            .find("larger than 1048576 bytes") != std::string::npos);
}

TEST_CASE("hostile files are answered, whatever they hold", "[deployed]") {
  std::string many_sections = "{";
  for (int i = 0; i < 20'000; ++i) {
    many_sections += "\"S" + std::to_string(i) + "\":{\"Authority\":\"https://a\"},";
  }
  CHECK(read({file("appsettings.json", many_sections + "}")}).validators.size() <= 2000);

  std::string many_duplicates = "{";
  for (int i = 0; i < 50'000; ++i) many_duplicates += "\"a\":1,";
  CHECK(read_one({file("appsettings.json", many_duplicates + "}")}).settings.start_fault);

  std::string escapes = "{\"Jwt\": {\"Authority\": \"https://\\u001b[31m\\u202e\"}}";
  CHECK(read({file("appsettings.json", escapes)}).validators.size() == 1);
}

}  // namespace
}  // namespace idpwatch::deployed
