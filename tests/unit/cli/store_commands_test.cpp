// Commands that answer from the database, as a user meets them.
#include "tests/unit/cli/command_scene.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace idpwatch::cli {
namespace {

using nlohmann::json;

TEST_CASE("keys and history answer from the store", "[cli]") {
  const Folder folder;
  fill(folder / "state");
  const std::string state = folder / "state";
  const Outcome history = idpwatch({"history", "entra", "--db", state, "--format", "json"});
  INFO(history.err);
  REQUIRE(history.code == 0);
  const json document = json::parse(history.out);
  CHECK(document["schema"] == "idpwatch.history/v1");
  REQUIRE(document["events"].size() == 1);
  CHECK(document["events"][0]["type"] == "key.published");
  const Outcome text = idpwatch({"history", "--db", state});
  CHECK(text.out.find("key.published") != std::string::npos);
  CHECK(text.out.find('\x1b') == std::string::npos);
  CHECK(idpwatch({"history", "--db", state, "--since", "2026-03-02"}).out == "no events\n");

  CHECK(json::parse(
            idpwatch({"keys", "https://login.example/v2.0", "--db", state, "--format", "json"})
                .out)["authority"] == "entra");
  CHECK(idpwatch({"keys", "nobody", "--db", state}).code == 2);
  CHECK(idpwatch({"history", "nobody", "--db", state}).code == 2);
  CHECK(idpwatch({"keys", "entra", "--db", state, "--at", "sometime"}).code == 2);
  CHECK(idpwatch({"keys", "entra", "--db", folder / "none"}).code == 3);
}

TEST_CASE("forecast takes the deployments of --config and the store of --db", "[cli]") {
  const Folder folder;
  fill(folder / "state");
  folder.write(
      "appsettings.json",
      R"({"Jwt": {"Authority": "https://login.example/v2.0", "Audience": "api://orders"}})");
  const std::string config =
      folder.write("c.yaml",
                   "state_dir: elsewhere\n"
                   "deployments: [{name: orders, files: [appsettings.json], profile: "
                   "aspnetcore-jwtbearer, framework: '8.0'}]\n");
  CHECK(idpwatch({"forecast", "--config", config}).code == 3);
  const Outcome told =
      idpwatch({"forecast", "--config", config, "--db", folder / "state", "--format", "json"});
  INFO(told.err);
  REQUIRE(json::accept(told.out));
  CHECK(json::parse(told.out)["checked"].size() == 1);
  const Outcome without = idpwatch(
      {"forecast", "--config", folder.write("d.yaml", "state_dir: s\n"), "--db", folder / "state"});
  CHECK(without.code == 0);
  CHECK(without.err.find("no deployments") != std::string::npos);
}

TEST_CASE("the audit chain is verified and exported", "[cli]") {
  const Folder folder;
  fill(folder / "state");
  const std::string state = folder / "state";
  const Outcome verified = idpwatch({"audit", "verify", "--db", state, "--format", "json"});
  CHECK(verified.code == 0);
  CHECK(json::parse(verified.out)["holds"] == true);
  std::string chain = idpwatch({"audit", "export", "--db", state}).out;
  const std::string file = folder.write("chain.jsonl", chain);
  CHECK(idpwatch({"audit", "verify", "--file", file}).code == 0);
  chain[chain.find("key.published")] = 'K';
  folder.write("chain.jsonl", chain);
  const Outcome broken = idpwatch({"audit", "verify", "--file", file, "--format", "json"});
  CHECK(broken.code == 1);
  CHECK(json::parse(broken.out)["first_bad"].is_object());
  CHECK(idpwatch({"audit", "verify", "--file", folder / "none"}).code == 3);
}

TEST_CASE("alerts list works without a daemon, and test says when there is none", "[cli]") {
  const Folder folder;
  fill(folder / "state");
  CHECK(idpwatch({"alerts", "list", "--db", folder / "state"}).out == "no open alerts\n");
  const std::string config =
      folder.write("c.yaml",
                   "state_dir: state\nlisten: unix:no-such.sock\n"
                   "receivers: [{name: oncall, webhook: {url: 'https://h.example/SECRET', secret: "
                   "whsec_bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm4=}}]\n");
  CHECK(idpwatch({"alerts", "test", "--config", config}).code == 3);
  CHECK(idpwatch({"alerts", "test", "--config", config, "--receiver", "oncal"}).code == 2);
  const Outcome dry = idpwatch({"alerts", "test", "--config", config, "--dry-run"});
  CHECK(dry.code == 0);
  CHECK(dry.out.find("oncall") != std::string::npos);
  CHECK(dry.out.find("SECRET") == std::string::npos);
}

TEST_CASE("an authority that is configured and not seen yet has no history, and that is fine",
          "[cli]") {
  const Folder folder;
  fill(folder / "state");
  const std::string config = folder.write(
      "c.yaml", "state_dir: state\nauthorities: [{name: new, issuer: 'https://new.example'}]\n");
  for (const char* command : {"history", "keys"}) {
    const Outcome text = idpwatch({command, "new", "--config", config});
    CHECK(text.code == 0);
    CHECK(text.out == "new: nothing was recorded yet\n");
    const Outcome document =
        idpwatch({command, "https://new.example", "--config", config, "--json"});
    CHECK(document.code == 0);
    CHECK(json::accept(document.out));
    CHECK(idpwatch({command, "old", "--config", config}).code == 2);
  }
}

TEST_CASE("history shows the newest N, and events of one type", "[cli]") {
  const Folder folder;
  fill(folder / "state");
  const std::string state = folder / "state";
  const auto events = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"history", "--db", state, "--json"});
    return json::parse(idpwatch(more).out)["events"].size();
  };
  CHECK(events({"--limit", "1"}) == 1);
  CHECK(events({"--type", "key.published"}) == 1);
  CHECK(events({"--type", "key"}) == 1);
  CHECK(events({"--type", "keyset"}) == 0);
  CHECK(idpwatch({"history", "--db", state, "--limit", "0"}).code == 2);
  const Outcome wrong = idpwatch({"history", "--db", state, "--type", "key.publishd"});
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("did you mean key.published?") != std::string::npos);
}

}  // namespace
}  // namespace idpwatch::cli
