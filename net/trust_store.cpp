#include "net/trust_store.hpp"

#include "base/owned.hpp"
#include "net/tls_files.hpp"

#include <curl/curl.h>

#include <memory>
#include <string_view>
#include <sys/stat.h>

namespace idpwatch::net {

namespace {

// What libcurl's build points to; Debian's: /etc/ssl/certs/ca-certificates.crt.
TrustSource built_in() {
  TrustSource source;
  const base::Owned<CURL, curl_easy_cleanup> easy(curl_easy_init());
  const char* text = nullptr;
  if (!easy) return source;
  if (curl_easy_getinfo(easy.get(), CURLINFO_CAINFO, &text) == CURLE_OK && text != nullptr) {
    source.file = text;
    return source;  // one bundle is enough
  }
  if (curl_easy_getinfo(easy.get(), CURLINFO_CAPATH, &text) == CURLE_OK && text != nullptr) {
    source.dir = text;
  }
  return source;
}

bool is_directory(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

constexpr std::string_view kHint =
    "install the package ca-certificates, or name a PEM file as ca_file or in SSL_CERT_FILE";

}  // namespace

TrustSource trust_source(const std::optional<std::string>& ca_file,
                         const base::Environment& environment) {
  if (ca_file && !ca_file->empty()) return {.file = *ca_file, .dir = {}};
  TrustSource source{.file = environment.get_nonempty("SSL_CERT_FILE").value_or(""),
                     .dir = environment.get_nonempty("SSL_CERT_DIR").value_or("")};
  if (!source.file.empty() || !source.dir.empty()) return source;
  static const TrustSource fallback = built_in();
  return fallback;
}

base::Status check_trust_store(const std::optional<std::string>& ca_file,
                               const base::Environment& environment) {
  const TrustSource source = trust_source(ca_file, environment);
  if (!source.file.empty()) {
    if (const auto loaded = load_trust({.file = source.file, .dir = {}}); !loaded) {
      return base::fail(base::ErrorKind::kUnreadable, loaded.error().message, std::string(kHint));
    }
  }
  if (source.file.empty() && !is_directory(source.dir)) {
    return base::fail(base::ErrorKind::kUnreadable,
                      source.dir.empty() ? "no trusted certificates are configured"
                                         : "'" + source.dir + "' is not a readable directory",
                      std::string(kHint));
  }
  return base::Ok{};
}

}  // namespace idpwatch::net
