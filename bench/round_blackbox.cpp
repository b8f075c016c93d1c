// What a user would run instead. It has no notion of two documents: each is a target of its own.
#include "bench/round_contenders.hpp"

#include <curl/curl.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace idpwatch::bench {

namespace {

constexpr const char* kProgram = "/usr/bin/prometheus-blackbox-exporter";
constexpr const char* kListen = "127.0.0.1:17517";

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

bool ask(CURL* easy, const std::string& path) {
  const std::string url = std::string("http://") + kListen + path;
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  long status = 0;
  return curl_easy_perform(easy) == CURLE_OK &&
         curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 200;
}

std::string write_config(const Round& round) {
  const std::string path = round.ca_file + ".blackbox.yml";
  std::ofstream(path) << "modules:\n  get:\n    prober: http\n    timeout: 10s\n    http:\n"
                      << "      preferred_ip_protocol: ip4\n      fail_if_not_ssl: true\n"
                      << "      enable_http2: false\n      tls_config:\n        ca_file: "
                      << round.ca_file << "\n";
  return path;
}

pid_t start(const std::string& config) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  (void)!std::freopen("/dev/null", "w", stderr);
  const std::string file = "--config.file=" + config;
  const std::string listen = std::string("--web.listen-address=") + kListen;
  ::execl(kProgram, kProgram, file.c_str(), listen.c_str(), nullptr);
  std::_Exit(127);
}

// Asked over HTTP as Prometheus asks it: what counts is the exporter's own time.
class Exporter final : public Runner {
 public:
  explicit Exporter(const Round& round)
      : round_(round), config_(write_config(round)), easy_(curl_easy_init()) {
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &ignore);
    curl_easy_setopt(easy_, CURLOPT_PROXY, "");
    process_ = start(config_);
    bool up = false;
    for (int i = 0; i < 200 && !up; ++i) {
      up = ask(easy_, "/-/healthy");
      if (!up) ::poll(nullptr, 0, 10);
    }
    if (!up) throw std::runtime_error("prometheus-blackbox-exporter does not come up");
  }
  ~Exporter() override {
    curl_easy_cleanup(easy_);
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
    ::unlink(config_.c_str());
  }
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  void look(int times) override {
    for (int i = 0; i < times; ++i) {
      for (std::size_t authority = 0; authority < round_.ports.size(); ++authority) {
        probe(round_.discovery_url(authority));
        probe(round_.jwks_url(authority));
      }
    }
  }
  [[nodiscard]] double cpu_us() const override { return cpu_us_of(process_); }

 private:
  void probe(const std::string& url) {
    if (!ask(easy_, "/probe?module=get&target=" + url))
      throw std::runtime_error("blackbox: " + url);
  }

  const Round round_;
  std::string config_;
  CURL* easy_;
  pid_t process_ = 0;
};

std::unique_ptr<Runner> make(const Round& round) {
  if (::access(kProgram, X_OK) != 0) return nullptr;
  return std::make_unique<Exporter>(round);
}

}  // namespace

Contender blackbox_exporter() { return {.name = "prometheus-blackbox-exporter", .make = &make}; }

}  // namespace idpwatch::bench
