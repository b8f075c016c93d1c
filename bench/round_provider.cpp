// Local TLS servers, one a port, in one child process.
#include "bench/round_contenders.hpp"
#include "tests/fakes/raw_server.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace idpwatch::bench {

namespace {

// As large as those of real providers: about 1.7 KB and 2.7 KB.
std::string discovery_body(std::uint16_t port) {
  const std::string issuer = "https://localhost:" + std::to_string(port);
  std::string body = R"({"issuer":")" + issuer + R"(","jwks_uri":")" + issuer +
                     R"(/keys","authorization_endpoint":")" + issuer + R"(/authorize")";
  for (int i = 0; i < 20; ++i) {
    body += ",\"member_" + std::to_string(i) + R"(_supported":["RS256","ES256","code","token"])";
  }
  return body + R"(,"subject_types_supported":["public"],"response_types_supported":["code"],)" +
         R"("id_token_signing_alg_values_supported":["RS256"]})";
}

std::string jwks_body(std::uint16_t port) {
  std::string body = R"({"keys":[)";
  for (int i = 0; i < 6; ++i) {
    if (i > 0) body += ",";
    std::string modulus(342, 'A');
    modulus[0] = 's';
    modulus[1] = static_cast<char>('a' + i);
    modulus[2] = static_cast<char>('a' + port % 26);
    modulus[3] = static_cast<char>('a' + port / 26 % 26);
    body += R"({"kty":"RSA","use":"sig","alg":"RS256","e":"AQAB","kid":"key-)" + std::to_string(i) +
            R"(","n":")" + modulus + R"("})";
  }
  return body + "]}";
}

// Of now: a clock that differs would be a finding at every look.
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

fakes::RawServer::Script script(std::shared_ptr<std::uint16_t> port) {
  return [port](fakes::RawConnection& connection, const std::string& head) {
    const std::string body =
        head.starts_with("GET /keys") ? jwks_body(*port) : discovery_body(*port);
    return connection.send(
        fakes::http_message(200, body,
                            {"Date: " + http_date(), "Content-Type: application/json",
                             "Cache-Control: max-age=3600", "X-Content-Type-Options: nosniff"}));
  };
}

[[noreturn]] void serve(int authorities, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  keep_to(Place::kProvider);
  const fakes::TestCa ca;
  const fakes::Identity identity =
      ca.issue({"localhost"}, -std::chrono::hours(1), std::chrono::hours(24 * 90));
  std::vector<std::unique_ptr<fakes::RawServer>> servers;
  std::string text = ca.file() + "\n";
  for (int i = 0; i < authorities; ++i) {
    auto port = std::make_shared<std::uint16_t>();
    servers.push_back(std::make_unique<fakes::RawServer>(script(port), &identity));
    *port = servers.back()->port();
    text += std::to_string(*port) + "\n";
  }
  if (::write(report, text.data(), text.size()) < 0) std::abort();
  ::close(report);
  ::pause();
  std::_Exit(0);
}

}  // namespace

std::string Round::issuer(std::size_t authority) const {
  return "https://localhost:" + std::to_string(ports[authority]);
}

std::string Round::discovery_url(std::size_t authority) const {
  return issuer(authority) + "/.well-known/openid-configuration";
}

std::string Round::jwks_url(std::size_t authority) const { return issuer(authority) + "/keys"; }

Provider start_provider(int authorities) {
  int ends[2] = {};
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  Provider provider;
  provider.process = ::fork();
  if (provider.process == 0) {
    ::close(ends[0]);
    serve(authorities, ends[1]);
  }
  ::close(ends[1]);
  std::ifstream report("/proc/self/fd/" + std::to_string(ends[0]));
  report >> provider.ca_file;
  for (int port = 0; report >> port;) {
    provider.ports.push_back(static_cast<std::uint16_t>(port));
  }
  ::close(ends[0]);
  return provider;
}

void stop_provider(const Provider& provider) {
  ::kill(provider.process, SIGTERM);
  ::waitpid(provider.process, nullptr, 0);
  ::unlink(provider.ca_file.c_str());
}

}  // namespace idpwatch::bench
