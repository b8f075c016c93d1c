#include "net/trust_store.hpp"

#include "tests/fakes/test_ca.hpp"

#include <catch2/catch.hpp>
#include <openssl/x509.h>

#include <filesystem>
#include <unistd.h>

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
  // OpenSSL's default file counts beside it, where there is one.
  const bool there = std::filesystem::exists(X509_get_default_cert_file());
  const auto status =
      net::check_trust_store(std::nullopt, environment_with("SSL_CERT_DIR", "/nope"));
  CHECK(status.has_value() == there);
}

TEST_CASE("a variable replaces its own default alone, as OpenSSL reads them", "[net]") {
  const base::Environment dir({{"SSL_CERT_DIR", "/d:/e"}, {"SSL_CERT_FILE", ""}});
  CHECK(net::trust_source(std::nullopt, dir).dir == "/d:/e");
  CHECK(net::trust_source(std::nullopt, dir).file != "/d:/e");
  const base::Environment file = environment_with("SSL_CERT_FILE", "/f");
  const net::TrustSource source = net::trust_source(std::nullopt, file);
  CHECK(source.file == "/f");
  const bool there = std::filesystem::exists(X509_get_default_cert_dir());
  CHECK(source.dir == (there ? X509_get_default_cert_dir() : ""));
}

TEST_CASE("a list of directories counts where one is there, and what does not count is named",
          "[net]") {
  CHECK(net::check_trust_store(std::nullopt, environment_with("SSL_CERT_DIR", "/nope:/tmp")));
  const fakes::TestCa ca;
  const std::filesystem::path dir =
      std::filesystem::temp_directory_path() / ("idpwatch-trust-" + std::to_string(::getpid()));
  std::filesystem::create_directories(dir);
  std::filesystem::copy_file(ca.file(), dir / "corp.pem");
  const net::TrustSource source{.file = "", .dir = dir.string() + ":/nope"};
  auto notes = net::trust_notes(source);
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].find("openssl rehash " + dir.string()) != std::string::npos);
  CHECK(notes[1].find("'/nope' does not exist") != std::string::npos);
  std::filesystem::create_symlink("corp.pem", dir / "0a1b2c3d.0");
  notes = net::trust_notes(source);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("'/nope'") != std::string::npos);
  std::filesystem::remove_all(dir);
}
