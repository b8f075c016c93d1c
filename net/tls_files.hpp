// The files that TLS needs of us, read and parsed once: trusted certificates, client certificates
// with their keys. Looked at again at a reload, and now and then by a thread of its own, so that a
// file on a mount that hangs holds up nothing: what changed is read again and takes the place of
// the old. What cannot be read then leaves the old one in force.
//
// libcurl is handed what is in memory. By itself it would keep a parsed bundle for 24 hours
// (CURLOPT_CA_CACHE_TIMEOUT, 7.87 on), and read a certificate's file at each handshake, pipes
// included.
//
// Loop thread only.
#pragma once

#include "base/result.hpp"
#include "model/client_request.hpp"
#include "net/trust_store.hpp"

#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct x509_store_st;  // OpenSSL's X509_STORE

namespace idpwatch::net {

// Which file it was: another number, length or time of change means another content.
struct FileState {
  std::uint64_t device = 0, number = 0, bytes = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;
  bool operator==(const FileState&) const = default;
};
FileState file_state(const std::string& path);  // all zero: none

struct FreeStore {
  void operator()(x509_store_st* store) const;
};

struct Trust {
  TrustSource source;
  FileState file, dir;
  std::string described;  // what it consists of, for people
  std::unique_ptr<x509_store_st, FreeStore> store;
  std::uint64_t version = 0;  // tells all apart that ever were
  bool replaced = false;      // by a newer one
};
using TrustPtr = std::shared_ptr<Trust>;

struct ClientIdentity {
  std::string certificate_path, key_path;
  FileState certificate_file, key_file;
  std::string certificate, key;  // PEM
  std::uint64_t version = 0;
  bool replaced = false;
};
using ClientIdentityPtr = std::shared_ptr<ClientIdentity>;

// From the files themselves; any thread.
base::Result<TrustPtr> load_trust(const TrustSource& source);
base::Result<ClientIdentityPtr> load_client_identity(const std::string& certificate,
                                                     const std::string& key);

class TlsFiles {
 public:
  TlsFiles() = default;
  ~TlsFiles();  // does not wait for a file that hangs
  TlsFiles(const TlsFiles&) = delete;
  TlsFiles& operator=(const TlsFiles&) = delete;

  base::Result<TrustPtr> trust(const TrustSource& source);
  // Of certificates in memory: none of them trusts nobody. Kept for as long as they are in use.
  base::Result<TrustPtr> trust(const model::TrustedCertificates& certificates);
  // `key` empty: it stands in the certificate's file.
  base::Result<ClientIdentityPtr> client_identity(const std::string& certificate,
                                                  const std::string& key);

  // Whether something was replaced: at once, or by a look that a thread began before.
  bool check_now();
  void begin_check();
  bool take_check();

 private:
  struct Changes {
    std::vector<TrustPtr> trusts;
    std::vector<ClientIdentityPtr> identities;
    std::vector<std::string> problems;
  };
  struct Question {
    std::vector<std::pair<TrustSource, std::pair<FileState, FileState>>> trusts;
    std::vector<std::pair<std::pair<std::string, std::string>, std::pair<FileState, FileState>>>
        identities;
  };
  static Changes look(const Question& question);
  [[nodiscard]] Question question() const;
  bool apply(Changes changes);

  std::map<TrustSource, TrustPtr> trusts_;
  std::map<std::pair<std::string, bool>, std::weak_ptr<Trust>> in_memory_;  // by digest
  std::map<std::pair<std::string, std::string>, ClientIdentityPtr> identities_;
  std::vector<std::string> told_;  // problems of the last look
  std::future<Changes> looking_;
};

}  // namespace idpwatch::net
