#include "net/tls_files.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/owned.hpp"
#include "base/text.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <atomic>
#include <chrono>
#include <sys/stat.h>
#include <system_error>
#include <thread>

namespace idpwatch::net {

namespace {

using BioPtr = base::Owned<BIO, BIO_free_all>;

std::uint64_t next_version() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

std::int64_t nanoseconds(const timespec& at) {
  constexpr std::int64_t kPerSecond = 1'000'000'000;
  return at.tv_sec * kPerSecond + at.tv_nsec;
}

void free_infos(STACK_OF(X509_INFO) * infos) { sk_X509_INFO_pop_free(infos, X509_INFO_free); }

// How many certificates came into the store; a block that cannot be read spoils the whole.
std::size_t add_pem(X509_STORE* store, const std::string& bytes) {
  const BioPtr source(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  const base::Owned<STACK_OF(X509_INFO), free_infos> infos(
      source ? PEM_X509_INFO_read_bio(source.get(), nullptr, nullptr, nullptr) : nullptr);
  std::size_t certificates = 0;
  for (int i = 0; infos && i < sk_X509_INFO_num(infos.get()); ++i) {
    const X509_INFO* info = sk_X509_INFO_value(infos.get(), i);
    if (info->x509 != nullptr && X509_STORE_add_cert(store, info->x509) == 1) ++certificates;
    if (info->crl != nullptr) X509_STORE_add_crl(store, info->crl);
  }
  ERR_clear_error();
  return certificates;
}

base::Status add_file(X509_STORE* store, const std::string& path) {
  const auto bytes = base::read_file(path);
  if (!bytes) return base::fail(bytes.error());
  if (add_pem(store, *bytes) > 0) return base::Ok{};
  return base::fail(base::ErrorKind::kUnreadable,
                    "no trusted certificate can be read from '" + path + "'");
}

base::Status fill(X509_STORE* store, const TrustSource& source) {
  // As libcurl sets them (lib/vtls/openssl.c, "Try building a chain using issuers in the trusted
  // store first", and trust in an intermediate that the operator names).
  X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  if (!source.file.empty()) {
    auto added = add_file(store, source.file);
    // Beside directories a default file may be missing.
    if (!added && source.dir.empty()) return base::fail(added.error());
  }
  // Read as it is needed, a certificate at a time; a list is taken apart by OpenSSL.
  if (!source.dir.empty() && X509_STORE_load_path(store, source.dir.c_str()) != 1) {
    ERR_clear_error();
    return base::fail(base::ErrorKind::kUnreadable,
                      "the directory of trusted certificates '" + source.dir + "' cannot be used");
  }
  return base::Ok{};
}

template <class Map, class Key, class Pointer>
bool replace(Map& known, const Key& key, Pointer newer) {
  const auto found = known.find(key);
  if (found == known.end()) return false;
  found->second->replaced = true;
  found->second = std::move(newer);
  return true;
}

}  // namespace

void FreeStore::operator()(x509_store_st* store) const { X509_STORE_free(store); }

FileState file_state(const std::string& path) {
  struct stat status{};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return {};
  return {.device = status.st_dev,
          .number = status.st_ino,
          .bytes = static_cast<std::uint64_t>(status.st_size),
          .modified_ns = nanoseconds(status.st_mtim),
          .changed_ns = nanoseconds(status.st_ctim)};
}

namespace {

// Of a list, all of them in one.
FileState folders_state(const std::string& list) {
  FileState all;
  for (const std::string_view path : base::split(list, ':')) {
    const FileState one = file_state(std::string(path));
    all.device += one.device;
    all.number += one.number;
    all.modified_ns += one.modified_ns;
    all.changed_ns += one.changed_ns;
  }
  return all;
}

}  // namespace

base::Result<TrustPtr> load_trust(const TrustSource& source) {
  auto trust = std::make_shared<Trust>();
  trust->source = source;
  // Before it is read: whoever changes it meanwhile is noticed at the next look.
  trust->file = file_state(source.file);
  trust->dir = folders_state(source.dir);
  trust->store.reset(X509_STORE_new());
  if (!trust->store) return base::fail(base::ErrorKind::kInternal, "no memory for certificates");
  if (auto filled = fill(trust->store.get(), source); !filled) return base::fail(filled.error());
  trust->described = describe(source);
  trust->version = next_version();
  return trust;
}

base::Result<ClientIdentityPtr> load_client_identity(const std::string& certificate,
                                                     const std::string& key) {
  auto identity = std::make_shared<ClientIdentity>();
  identity->certificate_path = certificate;
  identity->key_path = key;
  identity->certificate_file = file_state(certificate);
  identity->key_file = file_state(key);
  auto bytes = base::read_file(certificate);
  if (!bytes) return base::fail(bytes.error());
  identity->certificate = std::move(*bytes);
  identity->key = identity->certificate;
  if (!key.empty()) {
    bytes = base::read_file(key);
    if (!bytes) return base::fail(bytes.error());
    identity->key = std::move(*bytes);
  }
  identity->version = next_version();
  return identity;
}

TlsFiles::~TlsFiles() = default;

base::Result<TrustPtr> TlsFiles::trust(const TrustSource& source) {
  const auto known = trusts_.find(source);
  if (known != trusts_.end()) return known->second;
  auto loaded = load_trust(source);
  if (loaded) trusts_.emplace(source, *loaded);
  return loaded;
}

base::Result<TrustPtr> TlsFiles::trust(const model::TrustedCertificates& certificates) {
  std::erase_if(in_memory_, [](const auto& entry) { return entry.second.expired(); });
  auto& known = in_memory_[{certificates.digest, certificates.partial_chain}];
  if (auto there = known.lock()) return there;
  auto trust = std::make_shared<Trust>();
  trust->store.reset(X509_STORE_new());
  if (!trust->store) return base::fail(base::ErrorKind::kInternal, "no memory for certificates");
  X509_STORE_set_flags(
      trust->store.get(),
      X509_V_FLAG_TRUSTED_FIRST | (certificates.partial_chain ? X509_V_FLAG_PARTIAL_CHAIN : 0));
  add_pem(trust->store.get(), certificates.pem);
  trust->described = certificates.described;
  trust->version = next_version();
  known = trust;
  return trust;
}

base::Result<ClientIdentityPtr> TlsFiles::client_identity(const std::string& certificate,
                                                          const std::string& key) {
  const auto known = identities_.find({certificate, key});
  if (known != identities_.end()) return known->second;
  auto loaded = load_client_identity(certificate, key);
  if (loaded) identities_.emplace(std::pair(certificate, key), *loaded);
  return loaded;
}

TlsFiles::Question TlsFiles::question() const {
  Question asked;
  for (const auto& [source, trust] : trusts_) {
    asked.trusts.emplace_back(source, std::pair(trust->file, trust->dir));
  }
  for (const auto& [paths, identity] : identities_) {
    asked.identities.emplace_back(paths, std::pair(identity->certificate_file, identity->key_file));
  }
  return asked;
}

TlsFiles::Changes TlsFiles::look(const Question& question) {
  Changes changes;
  for (const auto& [source, was] : question.trusts) {
    if (was == std::pair(file_state(source.file), folders_state(source.dir))) continue;
    auto loaded = load_trust(source);
    if (loaded) {
      changes.trusts.push_back(std::move(*loaded));
    } else {
      changes.problems.push_back(loaded.error().text());
    }
  }
  for (const auto& [paths, was] : question.identities) {
    if (was == std::pair(file_state(paths.first), file_state(paths.second))) continue;
    auto loaded = load_client_identity(paths.first, paths.second);
    if (loaded) {
      changes.identities.push_back(std::move(*loaded));
    } else {
      changes.problems.push_back(loaded.error().text());
    }
  }
  return changes;
}

bool TlsFiles::apply(Changes changes) {
  bool any = false;
  for (TrustPtr& trust : changes.trusts) {
    const TrustSource source = trust->source;
    if (!replace(trusts_, source, std::move(trust))) continue;
    any = true;
    base::log::info("tls", "trusted certificates changed and were read again",
                    {{"from", source.file.empty() ? source.dir : source.file}});
  }
  for (ClientIdentityPtr& identity : changes.identities) {
    const std::pair paths(identity->certificate_path, identity->key_path);
    if (!replace(identities_, paths, std::move(identity))) continue;
    any = true;
    base::log::info("tls", "a client certificate changed and was read again",
                    {{"from", paths.first}});
  }
  if (changes.problems != told_) {
    for (const std::string& problem : changes.problems) {
      base::log::warn("tls", "a file changed and cannot be read; what was read before stays",
                      {{"why", problem}});
    }
  }
  told_ = std::move(changes.problems);
  return any;
}

bool TlsFiles::check_now() { return apply(look(question())); }

void TlsFiles::begin_check() {
  if (looking_.valid() || (trusts_.empty() && identities_.empty())) return;
  std::packaged_task<Changes()> task([asked = question()] { return look(asked); });
  looking_ = task.get_future();
  try {
    std::thread(std::move(task)).detach();
  } catch (const std::system_error&) {
    looking_ = {};  // no thread to be had: at the next time
  }
}

bool TlsFiles::take_check() {
  if (!looking_.valid()) return false;
  if (looking_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
  return apply(looking_.get());
}

}  // namespace idpwatch::net
