#include "daemon/admin/responder.hpp"

#include "snapshots.hpp"
#include "tests/fakes/fake_clock.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace idpwatch::daemon {
namespace {

using nlohmann::json;

struct Fixture {
  fakes::FakeClock clock;
  AdminOptions options;
  Pulse pulse;

  Fixture() {
    options.clock = &clock;
    pulse.last = clock.boottime();
  }

  [[nodiscard]] AdminResponse ask(const AdminRequest& request,
                                  const watch::SnapshotPtr& snapshot = sample_snapshot()) const {
    Responder responder(options);
    if (auto answer = responder.at_once(request, pulse)) return *answer;
    return responder.answer(request, snapshot);
  }
  [[nodiscard]] AdminResponse ask(const std::string& path,
                                  const std::string& method = "GET") const {
    return ask(request_of(path, method));
  }
  static AdminRequest request_of(const std::string& path, const std::string& method = "GET") {
    AdminRequest request;
    request.method = method;
    request.path = path;
    request.headers = {{"host", "127.0.0.1:7517"}};
    return request;
  }
};

TEST_CASE("liveness follows the loop's pulse and not the authorities", "[admin]") {
  Fixture f;
  CHECK(f.ask("/livez").status == 200);
  CHECK(f.ask("/healthz").body == "ok\n");
  f.clock.advance(base::seconds(29));
  CHECK(f.ask("/livez").status == 200);
  f.clock.advance(base::seconds(2));
  CHECK(f.ask("/livez").status == 503);
  CHECK(f.ask("/livez").body == "[-]loop failed\n");
  f.pulse.last.reset();
  CHECK(f.ask("/livez").status == 200);
}

TEST_CASE("readiness waits for the loop's first sign and follows the storage", "[admin]") {
  Fixture f;
  CHECK(f.ask("/readyz").status == 200);
  f.pulse.vitals.storage_ok = false;
  const AdminResponse answer = f.ask("/readyz");
  CHECK(answer.status == 503);
  CHECK(answer.body.find("[-]storage failed") != std::string::npos);
  f.pulse.last.reset();
  CHECK(f.ask("/readyz").status == 503);
}

TEST_CASE("the status document is the contracted one", "[admin]") {
  const json status = json::parse(Fixture().ask("/api/v1/status").body);
  CHECK(status["schema"] == "idpwatch.status/v1");
  CHECK(status["authorities"][0] ==
        json{{"name", "entra"},
             {"issuer", "https://login.example/v2.0"},
             {"state", "ok"},
             {"last_probe", "2026-11-24T21:59:55Z"},
             {"last_good", "2026-11-24T21:58:55Z"},
             {"last_key_change", "2026-11-23T16:00:00Z"},
             {"latency_ms", 12.5},
             {"keys", 3},
             {"clock", {{"lo_s", -0.25}, {"hi_s", 0.5}, {"evidence", "two answers"}}},
             {"tls_days", 1}});
  CHECK(status["authorities"][2]["state"] == "unknown");
  CHECK(status["authorities"][2]["clock"].is_null());
  CHECK(status["alerts"][0]["state"] == "firing");
  CHECK(status["alerts"][0]["silenced_by"].is_null());
  CHECK(status["outbox"]["queued"] == 2);
  CHECK(status["outbox"]["oldest"] == "2026-11-24T21:57:00Z");
}

TEST_CASE("a body is announced, small, and only read of those who may write", "[admin]") {
  Fixture f;
  AdminRequest request = f.request_of("/api/v1/test", "POST");
  const auto why = [&] { return Responder(f.options).refuse_body(request).status; };
  CHECK(why() == 401);
  request.peer = Peer::kOperator;
  CHECK(why() == 415);
  request.headers["content-type"] = "application/json";
  CHECK(why() == 413);
  request.headers["transfer-encoding"] = "chunked";
  CHECK(why() == 411);
}

TEST_CASE("methods and paths that are not served are told apart", "[admin]") {
  const Fixture f;
  CHECK(f.ask("/api/v1/status", "POST").status == 405);
  CHECK(f.ask("/api/v1/status", "POST").headers.at("Allow") == "GET, HEAD");
  CHECK(f.ask("/api/v1/status", "OPTIONS").status == 405);
  CHECK(f.ask("/api/v1/test", "PUT").headers.at("Allow") == "GET, HEAD, POST");
  CHECK(f.ask("/nothing").status == 404);
  CHECK(f.ask("/api/v1/authorities//keys").status == 404);
  CHECK(f.ask("/api/v1/authorities/x/keys").status == 503);  // no database
}

AdminRequest test_request(const std::string& receiver) {
  AdminRequest request = Fixture::request_of("/api/v1/test", "POST");
  request.query["receiver"] = receiver;
  request.headers["content-type"] = "application/json";
  request.peer = Peer::kOperator;
  return request;
}

TEST_CASE("a test message goes to the receiver that was named", "[admin]") {
  Fixture f;
  CHECK(f.ask(test_request("oncall")).status == 501);
  std::string asked;
  alerts::TestMessage message;
  message.receiver = "oncall";
  message.id = "msg_1";
  f.options.test_receiver =
      [&](const std::string& name) -> base::Result<std::vector<alerts::TestMessage>> {
    asked = name;
    if (name == "none") return base::fail(base::ErrorKind::kInput, "there is no receiver \"none\"");
    return std::vector{message};
  };
  const AdminResponse put = f.ask(test_request("oncall"));
  CHECK(put.status == 202);
  CHECK(asked == "oncall");
  const auto first = nlohmann::json::parse(put.body);
  CHECK(first["queued"] == true);
  CHECK(first["messages"][0]["id"] == "msg_1");
  CHECK(first["messages"][0]["state"] == "waiting");

  auto later = std::make_shared<watch::Snapshot>(*sample_snapshot());
  message.state = alerts::TestMessage::State::kRefused;
  message.status = 401;
  message.reason = "HTTP 401";
  later->tests = {message};
  const auto then = nlohmann::json::parse(f.ask(f.request_of("/api/v1/test"), later).body);
  CHECK(then["queued"] == false);
  CHECK(then["messages"][0]["state"] == "refused");
  CHECK(then["messages"][0]["status"] == 401);
  CHECK(f.ask(test_request("none")).status == 400);
}

TEST_CASE("test messages are few a minute and few an hour, and who asks too often is told when",
          "[admin]") {
  Fixture f;
  std::size_t sent = 0;
  f.options.test_receiver =
      [&](const std::string&) -> base::Result<std::vector<alerts::TestMessage>> {
    ++sent;
    return std::vector<alerts::TestMessage>();
  };
  Responder responder(f.options);
  const auto ask = [&] { return responder.answer(test_request("oncall"), sample_snapshot()); };
  for (std::size_t i = 0; i < kWritesPerMinute; ++i) CHECK(ask().status == 202);
  const AdminResponse refused = ask();
  CHECK(refused.status == 429);
  CHECK(refused.headers.at("Retry-After") == "60");
  CHECK(sent == kWritesPerMinute);
  for (int minute = 0; minute < 30; ++minute) {
    f.clock.advance(base::minutes(1));
    for (std::size_t i = 0; i < 2 * kWritesPerMinute; ++i) static_cast<void>(ask());
  }
  CHECK(sent == kWritesPerHour);
  f.clock.advance(base::hours(1));
  CHECK(ask().status == 202);
}

}  // namespace
}  // namespace idpwatch::daemon
