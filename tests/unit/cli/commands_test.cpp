// Subcommands as a user meets them: arguments in, streams and exit code out.
#include "cli/cli.hpp"
#include "cli/daemon_client.hpp"
#include "daemon/admin/admin_listener.hpp"
#include "model/jwk.hpp"
#include "storage/store.hpp"
#include "tests/unit/admin/snapshots.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace idpwatch::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Outcome {
  int code;
  std::string out, err;
};

Outcome idpwatch(const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  Streams streams{out, err};
  const int code = run(arguments, streams);
  return {code, out.str(), err.str()};
}

class Folder {
 public:
  Folder()
      : path_(fs::temp_directory_path() /
              ("idpwatch-cli-" + std::to_string(getpid()) + "-" + std::to_string(++count_))) {
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return *this / name;
  }

 private:
  static inline int count_ = 0;
  fs::path path_;
};

const base::Instant kThen = *base::parse_rfc3339("2026-03-01T00:00:00Z");

// One authority with one key and one event.
void fill(const std::string& state) {
  storage::OpenOptions options;
  options.now = kThen;
  options.instance = "test";
  auto store = storage::Store::open(state, options);
  REQUIRE(store.has_value());
  model::Batch batch;
  model::ObservationSpan span;
  span.authority = "entra";
  span.issuer = "https://login.example/v2.0";
  span.first = span.last = kThen;
  span.jwks_good = true;
  batch.spans.push_back(span);
  model::Event event;
  event.type = model::EventType::kKeyPublished;
  event.at = kThen;
  event.authority = "entra";
  event.about_key = true;
  event.kid = "kid\x1b[2J";
  event.thumbprint = "t1";
  event.initial = true;
  event.seq = store->next_seq();
  batch.events.push_back(event);
  const auto committed = store->commit(batch);
  if (!committed) FAIL(committed.error().text());
}

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
                   "state_dir: state\nretention: {observations: 30d}\n"
                   "receivers: [{name: a, webhook: {url: 'http://hooks.example/SECRET'}}]\n");
  const Outcome text = idpwatch({"config", "check", "--config", file});
  CHECK(text.code == 0);
  CHECK(text.out.find("warning  " + file + ":3: receivers[0].webhook.url") != std::string::npos);
  CHECK(text.out.find("retention.observations is accepted") != std::string::npos);
  CHECK(text.out.find("SECRET") == std::string::npos);
  const json document =
      json::parse(idpwatch({"config", "check", "--config", file, "--format", "json"}).out);
  CHECK(document["ok"] == true);
  CHECK(document["errors"].empty());
  CHECK(document["warnings"].size() == 2);
}

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

TEST_CASE("health and status ask the daemon over its socket", "[cli]") {
  const Folder folder;
  const std::string config = folder.write("c.yaml", "state_dir: state\nlisten: unix:admin.sock\n");
  CHECK(idpwatch({"health", "--config", config}).code == 1);
  CHECK(idpwatch({"status", "--config", config}).code == 3);

  const base::SystemClock clock;
  daemon::AdminOptions options;
  options.listen = config::Listen{config::Listen::Kind::kUnix, "", 0, folder / "admin.sock"};
  options.clock = &clock;
  auto listener = daemon::AdminListener::start(options);
  REQUIRE(listener.has_value());
  (*listener)->publish(daemon::sample_snapshot());
  const Outcome health = idpwatch({"health", "--config", config});
  CHECK(health.code == 0);
  CHECK(health.out == "[+]loop ok\n");
  CHECK(json::parse(idpwatch({"health", "--config", config, "--format", "json"}).out)["text"] ==
        "[+]loop ok");
  const Outcome status = idpwatch({"status", "--config", config});
  CHECK(status.code == 1);  // an error is firing
  CHECK(status.out.find("entra") != std::string::npos);
  CHECK(status.out.find("-0.25 .. +0.50 s") != std::string::npos);
  CHECK(status.out.find('\x1b') == std::string::npos);
  CHECK(json::parse(idpwatch({"status", "--config", config, "--format", "json"}).out)["instance"] ==
        "vm-17");
  CHECK(status.out.find("2 messages queued") != std::string::npos);
  CHECK(status.out.find("+ means it is ahead of us") != std::string::npos);
  const Outcome one = idpwatch({"-c", config, "status", "https://login.example/v2.0"});
  CHECK(one.code == 0);  // the error is about another
  CHECK(one.out.find("entra") != std::string::npos);
  CHECK(one.out.find("fresh") == std::string::npos);
  const Outcome service = idpwatch({"status", "orders-api", "--config", config});
  for (const std::string& text : {status.out, one.out, service.out}) {
    CAPTURE(text);
    CHECK(text.find("\n\n\n") == std::string::npos);
  }
  const Outcome none = idpwatch({"status", "nobody", "--config", config});
  CHECK(none.code == 2);
  CHECK(none.err.find("nobody") != std::string::npos);
}

TEST_CASE("what answers and is not idpwatch is sent no token, and is named", "[cli]") {
  const Folder folder;
  // A server that keeps what it is sent.
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(server, 8) == 0);
  REQUIRE(getsockname(server, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  std::string heard;
  std::thread thread([&] {
    for (;;) {
      const int client = accept(server, nullptr, nullptr);
      if (client < 0) return;
      std::string buffer(4096, '\0');
      const ssize_t got = recv(client, buffer.data(), buffer.size(), 0);
      if (got > 0) heard += buffer.substr(0, static_cast<std::size_t>(got));
      const std::string answer =
          "HTTP/1.1 200 OK\r\nServer: other\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
      send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      close(client);
    }
  });
  const std::string config = folder.write(
      "c.yaml",
      "state_dir: state\nadmin_token: SECRET-TOKEN-OF-OURS-0123456789\nlisten: 127.0.0.1:" +
          std::to_string(ntohs(address.sin_port)) +
          "\nreceivers: [{name: a, webhook: {url: 'https://h.example/x'}}]\n");
  const Outcome status = idpwatch({"status", "--config", config});
  const Outcome test = idpwatch({"alerts", "test", "--config", config});
  shutdown(server, SHUT_RDWR);
  thread.join();
  close(server);
  CHECK(status.code == 3);
  CHECK(status.err.find("is not idpwatch") != std::string::npos);
  CHECK(test.code == 3);
  CHECK(heard.find("GET /livez") != std::string::npos);
  CHECK(heard.find("SECRET-TOKEN") == std::string::npos);
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

TEST_CASE("check refuses options that mean nothing, and names what was meant", "[cli]") {
  const Folder folder;
  const std::string file = folder.write("appsettings.json", "{}");
  const std::string config = folder.write("c.yaml", "state_dir: s\n");
  const auto check = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"check", "--config", config});
    return idpwatch(more);
  };
  const Outcome profile = check({file, "--profile", "aspnetcore-jwtbearr"});
  CHECK(profile.code == 2);
  CHECK(profile.err.find("did you mean aspnetcore-jwtbearer?") != std::string::npos);
  CHECK(check({file, "--framework", "eight"}).code == 2);
  CHECK(check({"--authority", "entra"}).code == 2);
  CHECK(check({}).code == 2);
}

TEST_CASE("check says why a file cannot be judged", "[cli]") {
  const Folder folder;
  const std::string config =
      folder.write("c.yaml", "state_dir: s\nlimits: {private_addresses: true}\n");
  const std::string file = folder.write(
      "appsettings.json",
      R"({"Authentication": {"Schemes": {"Bearer": {"Authority": "https://127.0.0.1:1"}}}})");
  const Outcome text = idpwatch({"check", "--config", config, file});
  CHECK(text.code == 3);
  CHECK(text.out.find("no connection to 127.0.0.1:1") != std::string::npos);
  const json document =
      json::parse(idpwatch({"check", "--config", config, file, "--format", "json"}).out);
  CHECK(document["checked"][0]["result"] == "undetermined");
  CHECK(document["checked"][0]["why"].get<std::string>().find("127.0.0.1:1") != std::string::npos);
}

TEST_CASE("what no answer of the authority could mend is found without one", "[cli]") {
  const Folder folder;
  const std::string config =
      folder.write("c.yaml", "state_dir: s\nlimits: {private_addresses: true}\n");
  const std::string file = folder.write(
      "appsettings.json",
      R"({"Authentication": {"Schemes": {"Bearer": {"Authority": "http://127.0.0.1:1"}}}})");
  const Outcome found = idpwatch({"check", "--config", config, file, "--format", "json"});
  CHECK(found.code == 1);
  const json document = json::parse(found.out);
  REQUIRE(document["findings"].size() == 1);
  CHECK(document["findings"][0]["rule"] == "refusal-https");
  CHECK(document["checked"][0]["result"] == "refuses");
}

TEST_CASE("what goes into a path is encoded", "[cli]") {
  CHECK(percent_encode("a b/\xC3\xBC?&#") == "a%20b%2F%C3%BC%3F%26%23");
}

TEST_CASE("check uses what the configuration says of the deployment that names the file", "[cli]") {
  const Folder folder;
  // Nothing listens there; what is judged without an answer is enough.
  folder.write("appsettings.json",
               R"({"Jwt": {"Authority": "http://127.0.0.1:9", "Audience": "a"}})");
  folder.write("env", "Jwt__Authority=https://127.0.0.1:9\n");
  const std::string file = folder / "appsettings.json";
  const auto check = [&](const std::string& deployments, const std::string& more = "") {
    const std::string config =
        folder.write("idpwatch.yaml", "state_dir: s\ndeployments:\n" + deployments);
    std::vector<std::string> arguments{"check", file, "--config", config, "--format", "json"};
    if (!more.empty()) arguments.insert(arguments.end(), {"--framework", more});
    const Outcome outcome = idpwatch(arguments);
    INFO(outcome.err);
    return std::pair(outcome.code, json::parse(outcome.out));
  };
  const auto [other, other_said] = check("  - {name: other, files: [/nowhere.json]}\n");
  CHECK(other == 1);
  REQUIRE(other_said["findings"].size() == 1);
  CHECK(other_said["findings"][0]["rule"] == "refusal-https");
  CHECK(other_said["findings"][0]["subject"]["deployment"] == file);

  const std::string by_pattern =
      "  - {name: orders, files: [\"" + (folder / "*.json") + "\"], version: 6.10.0}\n";
  const auto [versioned, said] = check(by_pattern);
  CHECK(versioned == 1);
  REQUIRE(said["findings"].size() == 1);
  CHECK(said["findings"][0]["subject"]["deployment"] == "orders");
  CHECK(said["findings"][0]["validator"]["version"] == "6.10.0");
  CHECK(said["notes"][0].get<std::string>().starts_with("judged as deployment orders of "));
  const auto [newer, newer_said] = check(by_pattern, "9.0.23");
  CHECK(newer == 1);
  CHECK(newer_said["findings"][0]["validator"]["version"] == "8.19.2");

  // What stands in code, and in the environment: not http any more, hence not determined.
  for (const std::string& entry :
       {std::string("settings: {require_https: false}"), "environment_file: " + (folder / "env")}) {
    const auto [code, document] =
        check("  - {name: orders, files: [" + file + "], framework: \"8.0\", " + entry + "}\n");
    CAPTURE(entry);
    CHECK(code == 3);
    CHECK(document["findings"].empty());
    CHECK(document["checked"][0]["result"] == "undetermined");
  }
}

}  // namespace
}  // namespace idpwatch::cli
