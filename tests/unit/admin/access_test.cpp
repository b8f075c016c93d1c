#include "daemon/admin/access.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::daemon {
namespace {

AdminRequest get(const std::string& host = "127.0.0.1:7517") {
  AdminRequest request;
  request.method = "GET";
  request.path = "/api/v1/status";
  request.headers = {{"host", host}};
  return request;
}

// As `idpwatch alerts test` sends it.
AdminRequest write_with(const std::string& token) {
  AdminRequest request = get();
  request.method = "POST";
  request.path = "/api/v1/test";
  request.headers["content-type"] = "application/json";
  if (!token.empty()) request.headers["authorization"] = "Bearer " + token;
  return request;
}

int status_of(const AccessRules& rules, const AdminRequest& request) {
  const auto refusal = refused(rules, request);
  return refusal ? refusal->status : 200;
}

AccessRules on_loopback() { return {config::Listen{}, "", "made-at-start"}; }

TEST_CASE("reads are open on loopback, by an address or localhost and no other name", "[admin]") {
  const AccessRules rules = on_loopback();
  for (const char* host : {"localhost:7517", "LOCALHOST", "127.0.0.1", "127.8.9.1:7517",
                           "[::1]:7517", "[::ffff:127.0.0.1]", ""}) {
    CAPTURE(host);
    CHECK(status_of(rules, get(host)) == 200);
  }
  // Rebound to 127.0.0.1 by its owner; names that only look like addresses.
  for (const char* host : {"evil.example:7517", "127.0.0.1.evil.example", "localhost.evil.example",
                           "127.0.0.1x", "1.evil", "[evil.example]", "192.0.2.1:7517"}) {
    CAPTURE(host);
    CHECK(status_of(rules, get(host)) == 421);
  }
}

TEST_CASE("what decides access is given once", "[admin]") {
  const AccessRules rules = on_loopback();
  for (const char* header : {"host", "authorization", "origin", "content-type", "sec-fetch-site"}) {
    CAPTURE(header);
    CHECK(decides_access(header));
    AdminRequest request = get();
    request.repeated = header;
    CHECK(status_of(rules, request) == 400);
  }
  CHECK_FALSE(decides_access("accept"));
}

TEST_CASE("the configured address is a name for it", "[admin]") {
  AccessRules rules{config::Listen{}, "", ""};
  rules.listen.host = "192.0.2.1";
  CHECK(status_of(rules, get("192.0.2.1:7517")) == 401);  // but it is not local
  CHECK(status_of(rules, get("192.0.2.2:7517")) == 421);
  rules.token = "configured";
  AdminRequest request = get("vm-17.example:7517");
  request.headers["authorization"] = "Bearer configured";
  CHECK(status_of(rules, request) == 200);
}

TEST_CASE("what a page of another site can send changes and shows nothing", "[admin]") {
  const AccessRules rules = on_loopback();
  AdminRequest write = write_with("made-at-start");
  CHECK(status_of(rules, write) == 200);
  for (const char* origin : {"https://evil.example", "null", "http://127.0.0.1:8080",
                             "https://127.0.0.1:7517", "http://127.0.0.1:7517.evil.example"}) {
    CAPTURE(origin);
    write.headers["origin"] = origin;
    CHECK(status_of(rules, write) == 403);
  }
  write.headers["origin"] = "http://127.0.0.1:7517";
  CHECK(status_of(rules, write) == 200);
  for (const char* site : {"cross-site", "same-site"}) {
    write.headers["sec-fetch-site"] = site;
    CHECK(status_of(rules, write) == 403);
    AdminRequest read = get();
    read.headers["sec-fetch-site"] = site;
    CHECK(status_of(rules, read) == 403);
  }
  for (const char* site : {"same-origin", "none"}) {
    write.headers["sec-fetch-site"] = site;
    CHECK(status_of(rules, write) == 200);
  }
}

TEST_CASE("a link that a person follows shows, and does not write", "[admin]") {
  const AccessRules rules = on_loopback();
  AdminRequest followed = get();
  followed.headers["sec-fetch-site"] = "cross-site";
  followed.headers["sec-fetch-mode"] = "navigate";
  followed.headers["sec-fetch-dest"] = "document";
  CHECK(status_of(rules, followed) == 200);
  followed.headers["sec-fetch-dest"] = "iframe";
  CHECK(status_of(rules, followed) == 403);
  followed.headers["sec-fetch-dest"] = "document";
  followed.method = "POST";
  CHECK(status_of(rules, followed) == 403);
}

TEST_CASE("writes need a token on loopback as well, or the socket of the same user", "[admin]") {
  const AccessRules rules = on_loopback();
  CHECK(status_of(rules, write_with("")) == 401);
  CHECK(status_of(rules, write_with("guessed")) == 401);
  CHECK(status_of({config::Listen{}, "", ""}, write_with("")) == 401);
  AdminRequest by_socket = write_with("");
  by_socket.peer = Peer::kOperator;
  CHECK(status_of({config::Listen{config::Listen::Kind::kUnix, "", 0, "/run/a"}, "", ""},
                  by_socket) == 200);
}

TEST_CASE("a write comes as JSON: no form can send that", "[admin]") {
  const AccessRules rules = on_loopback();
  AdminRequest write = write_with("made-at-start");
  write.headers["content-type"] = "application/json; charset=utf-8";
  CHECK(status_of(rules, write) == 200);
  for (const char* type :
       {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
        "application/jsonp", "text/plain;application/json"}) {
    CAPTURE(type);
    write.headers["content-type"] = type;
    CHECK(status_of(rules, write) == 415);
  }
}

TEST_CASE("a configured token is needed for everything", "[admin]") {
  const AccessRules rules{config::Listen{}, "configured", ""};
  AdminRequest request = get("h");
  const auto with = [&](const std::string& authorization) {
    request.headers["authorization"] = authorization;
    return status_of(rules, request);
  };
  CHECK(status_of(rules, request) == 401);
  CHECK(with("Bearer wrong") == 401);
  CHECK(with("Basic configured") == 401);
  CHECK(with("Bearer configured") == 200);
  CHECK(with("bearer  configured ") == 200);
  CHECK(status_of(rules, write_with("configured")) == 200);
  CHECK(status_of(rules, write_with("")) == 401);
}

TEST_CASE("a listener that is not local answers nothing without a token", "[admin]") {
  AccessRules rules = on_loopback();
  rules.listen.host = "0.0.0.0";
  CHECK(status_of(rules, get("192.0.2.1")) == 401);
  CHECK(status_of(rules, write_with("made-at-start")) == 401);
}

TEST_CASE("secrets are equal or not", "[admin]") {
  CHECK(equal_secrets("a", "a"));
  CHECK_FALSE(equal_secrets("a", "b"));
  CHECK_FALSE(equal_secrets("", "b"));
  CHECK_FALSE(equal_secrets("aa", "a"));
}

}  // namespace
}  // namespace idpwatch::daemon
