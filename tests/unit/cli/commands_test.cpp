// Commands about the configuration and the program itself, as a user meets them.
#include "tests/unit/cli/command_scene.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace idpwatch::cli {
namespace {

using nlohmann::json;

TEST_CASE("--version names the libraries", "[cli]") {
  const Outcome text = idpwatch({"--version"});
  CHECK(text.code == 0);
  CHECK(text.out.starts_with("idpwatch "));
  const json document = json::parse(idpwatch({"--version", "--format", "json"}).out);
  CHECK(document["schema"] == "idpwatch.version/v1");
  CHECK(document["libraries"].contains("sqlite"));
}

TEST_CASE("config check tells all problems and exits with 2", "[cli]") {
  const Folder folder;
  const std::string bad = folder.write("bad.yaml", "listen: nowhere\nlimits: {bdy: 1MiB}\n");
  const Outcome text = idpwatch({"config", "check", "--config", bad});
  CHECK(text.code == 2);
  CHECK(text.out.find("bad.yaml:1: listen: ") != std::string::npos);
  CHECK(text.out.find("did you mean body?") != std::string::npos);
  const json document =
      json::parse(idpwatch({"config", "check", "--config", bad, "--format", "json"}).out);
  CHECK(document["ok"] == false);
  CHECK(document["errors"].size() == 2);
  CHECK(document["errors"][1]["line"] == 2);
  CHECK(document["errors"][1]["key"] == "limits.bdy");

  const std::string good = folder.write("good.yaml", "state_dir: s\n");
  CHECK(idpwatch({"config", "check", "--config", good}).code == 0);
  CHECK(json::parse(
            idpwatch({"config", "check", "--config", good, "--format", "json"}).out)["ok"] == true);
  CHECK(idpwatch({"config", "check", "--config", folder / "none.yaml"}).code == 2);
}

TEST_CASE("config show and schema print what they say", "[cli]") {
  const Folder folder;
  const std::string good = folder.write("good.yaml", "state_dir: s\nadmin_token: CANARY\n");
  const Outcome shown = idpwatch({"config", "show", "--config", good});
  CHECK(shown.code == 0);
  CHECK(shown.out.find("state_dir: " + (folder / "s")) != std::string::npos);
  CHECK(shown.out.find("CANARY") == std::string::npos);
  CHECK(json::parse(idpwatch({"config", "schema"}).out)["title"] == "idpwatch configuration");
}

TEST_CASE("config check tells errors and warnings apart", "[cli]") {
  const Folder folder;
  const std::string file =
      folder.write("c.yaml",
                   "state_dir: state\nclock: {hunt: 'on'}\n"
                   "receivers: [{name: a, webhook: {url: 'http://hooks.example/SECRET'}}]\n");
  const Outcome text = idpwatch({"config", "check", "--config", file});
  CHECK(text.code == 0);
  CHECK(text.out.find("warning  " + file + ":3: receivers[0].webhook.url") != std::string::npos);
  CHECK(text.out.find("clock.hunt is accepted") != std::string::npos);
  CHECK(text.out.find("SECRET") == std::string::npos);
  const json document =
      json::parse(idpwatch({"config", "check", "--config", file, "--format", "json"}).out);
  CHECK(document["ok"] == true);
  CHECK(document["errors"].empty());
  CHECK(document["warnings"].size() == 2);
}

TEST_CASE("no output shows a secret of the configuration or of a URL", "[cli]") {
  const Folder folder;
  const std::string config = folder.write(
      "c.yaml",
      "state_dir: s\nauthorities:\n  - {name: a, issuer: 'https://a.example', metadata_url: "
      "'https://a.example/m?code=QUERYSECRET'}\ndeployments:\n  - {name: d, files: [/d.json], "
      "profile: aspnetcore-jwtbearer, settings: {pinned_keys: [{kty: oct, k: T0NUU0VDUkVU, kid: "
      "x}]}}\n");
  for (const char* format : {"text", "json"}) {
    const Outcome shown = idpwatch({"config", "show", "--config", config, "--format", format});
    INFO(shown.err);
    CHECK(shown.code == 0);
    CHECK(shown.out.ends_with('\n'));
    CHECK(shown.out.find("https://a.example/m") != std::string::npos);
    CHECK(shown.out.find("QUERYSECRET") == std::string::npos);
    CHECK(shown.out.find("T0NUU0VDUkVU") == std::string::npos);
  }
  for (const char* url :
       {"https://u:PASSWORD@host.example", "https:/u:PASSWORD@host", "u:PASSWORD@h",
        "https://u:PASS/WORD@h:x", "ftp://u:PASSWORD@h/p", "https://u:PASSWORD@"}) {
    CAPTURE(url);
    const Outcome checked = idpwatch({"check", "--authority", url});
    CHECK(checked.code == 2);
    CHECK((checked.out + checked.err).find("PASS") == std::string::npos);
    const std::string wrong = folder.write(
        "w.yaml", "state_dir: s\nauthorities: [{name: a, issuer: '" + std::string(url) + "'}]\n");
    const Outcome refused = idpwatch({"config", "check", "--config", wrong});
    CHECK(refused.code == 2);
    CHECK((refused.out + refused.err).find("PASS") == std::string::npos);
  }
}

}  // namespace
}  // namespace idpwatch::cli
