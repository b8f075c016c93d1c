#include "net/trust_store.hpp"

#include "base/file.hpp"
#include "base/owned.hpp"
#include "base/text.hpp"
#include "net/tls_files.hpp"

#include <curl/curl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>

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

// A default of OpenSSL's build; empty where there is none on this host.
std::string if_there(const char* path) {
  struct stat status{};
  return path != nullptr && ::stat(path, &status) == 0 ? path : std::string();
}

// A list as PATH is one (OpenSSL's by_dir.c).
std::vector<std::string> entries(const std::string& list) {
  std::vector<std::string> all;
  std::size_t from = 0;
  while (from <= list.size()) {
    const std::size_t end = std::min(list.find(':', from), list.size());
    if (end > from) all.push_back(list.substr(from, end - from));
    from = end + 1;
  }
  return all;
}

// "9d66eef0.0", as `openssl rehash` names them.
bool is_hash_name(std::string_view name) {
  constexpr std::size_t kDigits = 8;
  return name.size() > kDigits + 1 && name[kDigits] == '.' &&
         name.substr(0, kDigits).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// What looks like a certificate by its name, where no link by a hash leads to it.
int certificates_without_hash(const std::string& dir) {
  constexpr int kFilesMax = 4096;
  std::set<std::string> hashed, named;
  std::error_code failed;
  std::filesystem::directory_iterator at(dir, failed);
  const std::filesystem::directory_iterator end;
  for (int seen = 0; !failed && at != end && seen < kFilesMax; at.increment(failed), ++seen) {
    const std::filesystem::path& path = at->path();
    std::error_code ignored;
    const std::filesystem::path real = std::filesystem::canonical(path, ignored);
    if (ignored) continue;
    if (is_hash_name(path.filename().string())) {
      hashed.insert(real.string());
    } else if (path.extension() == ".pem" || path.extension() == ".crt" ||
               path.extension() == ".cer") {
      named.insert(real.string());
    }
  }
  // The bundle of the distribution stands among them, and is read as a file.
  return static_cast<int>(std::ranges::count_if(named, [&hashed](const std::string& real) {
    return !hashed.contains(real) && !real.ends_with("/ca-certificates.crt");
  }));
}

std::size_t certificates_in(const std::string& path) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  const auto bytes = base::read_file(path);
  if (!bytes) return 0;
  std::size_t count = 0;
  for (auto at = bytes->find(kBegin); at != std::string::npos; at = bytes->find(kBegin, at + 1)) {
    const std::string_view rest = std::string_view(*bytes).substr(at + kBegin.size(), 24);
    if (rest.starts_with("CERTIFICATE") || rest.starts_with("TRUSTED CERTIFICATE")) ++count;
  }
  return count;
}

std::string about_nameless(const std::string& dir, int files) {
  return "certificate files in '" + dir +
         "' without a hash name, which OpenSSL and idpwatch do not read: " + std::to_string(files) +
         "; run `openssl rehash " + dir + "`";
}

std::string about_absent(const std::string& dir) {
  return "the directory of trusted certificates '" + dir + "' does not exist";
}

constexpr std::string_view kHint =
    "install the package ca-certificates, or name a PEM file as ca_file or in SSL_CERT_FILE";

}  // namespace

TrustSource trust_source(const std::optional<std::string>& ca_file,
                         const base::Environment& environment) {
  if (ca_file && !ca_file->empty()) return {.file = *ca_file, .dir = {}};
  const auto file = environment.get_nonempty("SSL_CERT_FILE");
  const auto dir = environment.get_nonempty("SSL_CERT_DIR");
  if (file || dir) {
    return {.file = file ? *file : if_there(X509_get_default_cert_file()),
            .dir = dir ? *dir : if_there(X509_get_default_cert_dir())};
  }
  static const TrustSource fallback = built_in();
  return fallback;
}

std::string shown(const TrustSource& source) {
  if (source.file.empty()) return source.dir;
  return source.dir.empty() ? source.file : source.file + " and " + source.dir;
}

std::vector<std::string> trust_notes(const TrustSource& source) {
  std::vector<std::string> notes;
  for (const std::string& entry : entries(source.dir)) {
    if (!is_directory(entry)) {
      notes.push_back(about_absent(entry));
    } else if (const int nameless = certificates_without_hash(entry); nameless > 0) {
      notes.push_back(about_nameless(entry, nameless));
    }
  }
  return notes;
}

std::vector<TrustPart> trust_parts(const TrustSource& source) {
  std::vector<TrustPart> parts;
  if (!source.file.empty()) {
    const bool there = file_state(source.file) != FileState();
    parts.push_back({source.file, certificates_in(source.file), there ? "" : "does not exist"});
  }
  for (const std::string& entry : entries(source.dir)) {
    std::set<std::pair<std::uint64_t, std::uint64_t>> found;
    for (const std::string& name : base::list_folder(entry)) {
      if (!is_hash_name(name)) continue;
      std::string path = entry;
      path += '/';
      path += name;
      const FileState state = file_state(path);
      if (state != FileState()) found.emplace(state.device, state.number);
    }
    parts.push_back({entry, found.size(), is_directory(entry) ? "" : "does not exist"});
  }
  return parts;
}

std::string describe(const TrustSource& source) {
  // What is to be changed comes first: evidence is cut.
  std::string text;
  for (const std::string& note : trust_notes(source)) {
    if (!note.ends_with("does not exist")) text += note + "; ";
  }
  bool first = true;
  for (const TrustPart& part : trust_parts(source)) {
    text += (std::exchange(first, false) ? "" : ", ") + base::printable(part.path) + " (" +
            std::to_string(part.certificates) +
            (part.certificates == 1 ? " certificate" : " certificates") +
            (part.fault.empty() ? "" : "; " + part.fault) + ")";
  }
  return text;
}

base::Status check_trust_store(const std::optional<std::string>& ca_file,
                               const base::Environment& environment) {
  const TrustSource source = trust_source(ca_file, environment);
  if (!source.file.empty()) {
    if (const auto loaded = load_trust({.file = source.file, .dir = {}}); !loaded) {
      return base::fail(base::ErrorKind::kUnreadable, loaded.error().message, std::string(kHint));
    }
  }
  const std::vector<std::string> dirs = entries(source.dir);
  if (source.file.empty() && std::ranges::none_of(dirs, is_directory)) {
    return base::fail(base::ErrorKind::kUnreadable,
                      source.dir.empty() ? "no trusted certificates are configured"
                                         : "'" + source.dir + "' is not a readable directory",
                      std::string(kHint));
  }
  return base::Ok{};
}

}  // namespace idpwatch::net
