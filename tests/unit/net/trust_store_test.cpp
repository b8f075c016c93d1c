#include "net/trust_store.hpp"

#include "tests/fakes/test_ca.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;

namespace {

base::Environment environment_with(const std::string& name, const std::string& value) {
  base::Environment::Values values;
  values.emplace(name, value);
  return base::Environment(std::move(values));
}

}  // namespace

TEST_CASE("trust comes from ca_file, else the environment, else the build", "[net]") {
  const base::Environment both({{"SSL_CERT_FILE", "/f"}, {"SSL_CERT_DIR", "/d"}});
  CHECK(net::trust_source("/mine.pem", both) == net::TrustSource{.file = "/mine.pem", .dir = ""});
  CHECK(net::trust_source(std::nullopt, both) == net::TrustSource{.file = "/f", .dir = "/d"});
  const base::Environment dir({{"SSL_CERT_DIR", "/d"}, {"SSL_CERT_FILE", ""}});
  CHECK(net::trust_source(std::nullopt, dir) == net::TrustSource{.file = "", .dir = "/d"});
  const net::TrustSource built_in = net::trust_source(std::nullopt, base::Environment{});
  CHECK((!built_in.file.empty() || !built_in.dir.empty()));
}

TEST_CASE("a trust store that cannot be read is an error that says how to mend it", "[net]") {
  const fakes::TestCa ca;
  CHECK(net::check_trust_store(ca.file(), base::Environment{}));
  for (const std::string file : {"/nonexistent/ca.pem", "/dev/null", "/proc/self/exe"}) {
    const auto status = net::check_trust_store(file, base::Environment{});
    INFO(file);
    REQUIRE_FALSE(status);
    CHECK(status.error().kind == base::ErrorKind::kUnreadable);
    CHECK(status.error().message.find(file) != std::string::npos);
    CHECK(status.error().hint.find("ca-certificates") != std::string::npos);
  }
  CHECK(net::check_trust_store(std::nullopt, environment_with("SSL_CERT_DIR", "/tmp")));
  CHECK_FALSE(net::check_trust_store(std::nullopt, environment_with("SSL_CERT_DIR", "/nope")));
}
