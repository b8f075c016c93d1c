// Commands that ask the running daemon.
#include "cli/commands.hpp"
#include "cli/daemon_client.hpp"
#include "daemon/admin/admin_listener.hpp"
#include "tests/unit/admin/snapshots.hpp"
#include "tests/unit/cli/command_scene.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace idpwatch::cli {
namespace {

using nlohmann::json;

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

// As a terminal that goes away after some answers.
class ShortTerminal : public std::stringbuf {
 public:
  explicit ShortTerminal(int answers) : left_(answers) {}

 protected:
  int sync() override { return --left_ > 0 ? 0 : -1; }

 private:
  int left_;
};

TEST_CASE("status --watch shows each answer in one piece, and why there is none", "[cli]") {
  const Folder folder;
  StatusOptions options;
  options.config = folder.write("c.yaml", "state_dir: state\nlisten: unix:admin.sock\n");
  options.watch = 0;
  ShortTerminal terminal(3);
  std::ostream out(&terminal);
  std::ostringstream err;
  Streams streams{out, err};
  streams.out_terminal = true;
  CHECK(run_status(options, streams) == 3);
  const std::string clear = "\x1b[H\x1b[2J";
  CHECK(terminal.str() == clear + clear + clear);  // before the error, never after it
  const std::string said = err.str();
  std::size_t times = 0;
  for (auto at = said.find("no daemon answers"); at != std::string::npos;
       at = said.find("no daemon answers", at + 1)) {
    ++times;
  }
  CHECK(times == 3);
}

TEST_CASE("health needs nothing of the configuration but where the daemon listens", "[cli]") {
  const Folder folder;
  const std::string config = folder.write(
      "c.yaml", "listen: unix:admin.sock\nadmin_token: ${IDPWATCH_TEST_UNSET}\nnonsense: 1\n");
  const base::SystemClock clock;
  daemon::AdminOptions options;
  options.listen = config::Listen{config::Listen::Kind::kUnix, "", 0, folder / "admin.sock"};
  options.clock = &clock;
  auto listener = daemon::AdminListener::start(options);
  REQUIRE(listener.has_value());
  (*listener)->publish(daemon::sample_snapshot());
  const Outcome health = idpwatch({"health", "--config", config});
  INFO(health.err);
  CHECK(health.code == 0);
  CHECK(health.err.empty());
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

TEST_CASE("what goes into a path is encoded", "[cli]") {
  CHECK(percent_encode("a b/\xC3\xBC?&#") == "a%20b%2F%C3%BC%3F%26%23");
}

}  // namespace
}  // namespace idpwatch::cli
