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

  Fixture() { options.clock = &clock; }

  AdminResponse ask(const std::string& path, const std::string& method = "GET",
                    const SnapshotPtr& snapshot = sample_snapshot()) const {
    AdminRequest request;
    request.method = method;
    request.path = path;
    request.host = "127.0.0.1:7517";
    return Responder(options).answer(request, snapshot, pulse);
  }
};

TEST_CASE("liveness follows the loop's pulse and not the authorities", "[admin]") {
  Fixture f;
  CHECK(f.ask("/livez").status == 200);
  CHECK(f.ask("/healthz").body == "ok\n");
  f.pulse.last = f.clock.boottime();
  f.clock.advance(base::seconds(29));
  CHECK(f.ask("/livez").status == 200);
  f.clock.advance(base::seconds(2));
  CHECK(f.ask("/livez").status == 503);
  CHECK(f.ask("/livez").body == "[-]loop failed\n");
}

TEST_CASE("readiness waits for the first snapshot and follows the storage", "[admin]") {
  Fixture f;
  CHECK(f.ask("/readyz", "GET", nullptr).status == 503);
  CHECK(f.ask("/readyz").status == 200);
  auto broken = std::make_shared<Snapshot>(*sample_snapshot());
  broken->storage_ok = false;
  const AdminResponse answer = f.ask("/readyz", "GET", broken);
  CHECK(answer.status == 503);
  CHECK(answer.body.find("[-]storage failed") != std::string::npos);
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

TEST_CASE("nothing can be imported through the listener, and a body that is too large is not read",
          "[admin]") {
  Fixture f;
  AdminRequest request{"POST", "/api/v1/import", {}, "", "127.0.0.1", "application/x-ndjson"};
  CHECK(Responder(f.options).answer(request, sample_snapshot(), {}).status == 405);
  CHECK(Responder(f.options).refuse_body(request).status == 413);
  f.options.token = "secret-token";
  CHECK(Responder(f.options).refuse_body(request).status == 401);
  f.options.token.clear();
  request.host = "rebound.example";
  CHECK(Responder(f.options).refuse_body(request).status == 421);
}

TEST_CASE("a token is needed where it is configured, but not for health", "[admin]") {
  Fixture f;
  f.options.token = "secret-token";
  AdminRequest request{"GET", "/api/v1/status", {}, "", "h", ""};
  const auto ask = [&] {
    return Responder(f.options).answer(request, sample_snapshot(), {}).status;
  };
  CHECK(ask() == 401);
  request.authorization = "Bearer wrong";
  CHECK(ask() == 401);
  request.authorization = "Basic secret-token";
  CHECK(ask() == 401);
  request.authorization = "Bearer secret-token";
  CHECK(ask() == 200);
  request.authorization = "bearer  secret-token ";
  CHECK(ask() == 200);
  request.authorization.clear();
  request.path = "/metrics";
  CHECK(ask() == 401);
  request.path = "/readyz";
  CHECK(ask() == 200);
}

TEST_CASE("a listener that is not local answers nothing without a token", "[admin]") {
  Fixture f;
  f.options.listen.host = "192.0.2.1";
  CHECK(f.ask("/api/v1/status").status == 401);
  CHECK(f.ask("/livez").status == 200);
}

TEST_CASE("a name that was bound to loopback by its owner is refused", "[admin]") {
  Fixture f;
  AdminRequest request{"GET", "/api/v1/status", {}, "", "evil.example:7517", ""};
  CHECK(Responder(f.options).answer(request, sample_snapshot(), {}).status == 421);
  for (const char* host : {"localhost:7517", "127.0.0.1", "[::1]:7517", ""}) {
    request.host = host;
    CHECK(Responder(f.options).answer(request, sample_snapshot(), {}).status == 200);
  }
}

TEST_CASE("methods and paths that are not served are told apart", "[admin]") {
  const Fixture f;
  CHECK(f.ask("/api/v1/status", "POST").status == 405);
  CHECK(f.ask("/api/v1/status", "POST").allow == "GET, HEAD");
  CHECK(f.ask("/api/v1/test", "PUT").allow == "GET, HEAD, POST");
  CHECK(f.ask("/api/v1/test", "POST").status == 501);
  CHECK(f.ask("/nothing").status == 404);
  CHECK(f.ask("/api/v1/authorities//keys").status == 404);
  CHECK(f.ask("/api/v1/authorities/x/keys").status == 503);  // no database
}

TEST_CASE("a test message goes to the receiver that was named", "[admin]") {
  Fixture f;
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
  AdminRequest request{"POST", "/api/v1/test", {{"receiver", "oncall"}}, "", "localhost", ""};
  const AdminResponse put = Responder(f.options).answer(request, sample_snapshot(), {});
  CHECK(put.status == 202);
  CHECK(asked == "oncall");
  const auto first = nlohmann::json::parse(put.body);
  CHECK(first["queued"] == true);
  CHECK(first["messages"][0]["id"] == "msg_1");
  CHECK(first["messages"][0]["state"] == "waiting");

  auto later = std::make_shared<Snapshot>(*sample_snapshot());
  message.state = alerts::TestMessage::State::kRefused;
  message.status = 401;
  message.reason = "HTTP 401";
  later->tests = {message};
  const AdminRequest look{"GET", "/api/v1/test", {}, "", "localhost", ""};
  const auto then = nlohmann::json::parse(Responder(f.options).answer(look, later, {}).body);
  CHECK(then["queued"] == false);
  CHECK(then["messages"][0]["state"] == "refused");
  CHECK(then["messages"][0]["status"] == 401);
  request.query["receiver"] = "none";
  CHECK(Responder(f.options).answer(request, sample_snapshot(), {}).status == 400);
}

TEST_CASE("secrets are equal or not", "[admin]") {
  CHECK(equal_secrets("a", "a"));
  CHECK_FALSE(equal_secrets("a", "b"));
  CHECK_FALSE(equal_secrets("", "b"));
  CHECK_FALSE(equal_secrets("aa", "a"));
}

}  // namespace
}  // namespace idpwatch::daemon
