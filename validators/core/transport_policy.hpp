// How a validator's own HTTP client goes to its provider, as a plain value: chain rules, trust
// store, TLS offer, proxy, addresses, headers, decoding. (How long it waits, how much it reads and
// how many redirects it follows stand in FetchLimits, by which the machine lives too.)
//
// What is not known of a client is kUnknown and is never guessed: then nothing is said of what it
// meets where that decides.
#pragma once

#include "base/no_proxy.hpp"
#include "base/time.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::validators {

template <class T>
using Known = std::optional<T>;
inline constexpr std::nullopt_t kUnknown = std::nullopt;

// What is held against the certificates that a server sends.
struct ChainRules {
  Known<bool> fetches_intermediates;  // by the address in the certificate (AIA, caIssuers)
  Known<bool> partial_chain;          // any certificate of the store is an anchor, no root needed
  Known<bool> strict;                 // RFC 5280 to the letter (X509_V_FLAG_X509_STRICT)
};

enum class StoreKind {
  kOpenSsl,       // a file, and files by hash name in directories
  kOpenSslFiles,  // a file, and every file of the directories
  kBuiltIn,       // compiled into the runtime
  kKeystore,      // of the JVM
  kBundle,        // of a package: certifi
  kLibcurl,
  kOwn  // named in its own settings; without one nothing is verified
};

// Where trust comes from. The names are those of environment variables; empty: it reads none.
struct TrustRules {
  Known<StoreKind> store;
  std::string_view file, directory;  // each replaces its own default
  std::string_view adds;             // a file beside the store
  std::string_view openssl_switch;   // an option with which it reads the former two
  std::string_view advice;           // how another certificate authority comes to be trusted
};

enum class TlsLibrary { kOpenSslOfSystem, kOpenSsl3, kOwn };

struct TlsOffer {
  Known<TlsLibrary> library;
  // Of TLS 1.2, by OpenSSL's names. Empty: all that its library takes.
  Known<std::span<const std::string_view>> suites;
  std::string_view widened_by;  // what else decides, "CipherString in openssl.cnf"
  Known<bool> renegotiates;     // within a connection, when the server asks
};

enum class ProxySource { kNone, kEnvironment, kSettings };

// A version from which on something holds: the 22.21 of "22.21 and 24.5".
struct SinceVersion {
  int major = 0, minor = 0;
};

struct ProxyRules {
  Known<ProxySource> source;
  // In the order in which they are looked at.
  std::vector<std::string_view> for_https, for_http, exempt;
  Known<base::NoProxyDialect> dialect;
  std::string_view needs;             // a variable that must be "1" for the others to be read
  std::string_view advice;            // how a proxy is set
  std::string_view exemption_advice;  // how an exemption is written, "the whole host, or ..."
  bool empty_hides = false;           // one that stands and is empty hides the rest
  std::string_view not_with;          // while that variable stands, HTTP_PROXY is not read
  // Of the runtime: the first releases that read `needs`, and the variable that tells its version.
  std::span<const SinceVersion> since;
  std::string_view version_variable;
  // Properties of a JVM (-Dname=value) instead of variables; `options`: variables that hold them.
  std::vector<std::string_view> options;
  std::string_view default_exempt;  // where no list is set
};

// Several addresses of one name.
enum class AddressOrder {
  kInTurn,      // each until it fails, the first for as long as it takes
  kSideBySide,  // the next a moment later
  kFirstAlone,
  kOneFamily
};

struct AddressRules {
  Known<AddressOrder> order;
  Known<base::Duration> head_start;  // of kSideBySide
  std::string_view remedy;           // for one service
};

struct RedirectRules {
  Known<bool> to_https, to_http;  // follows from the other scheme
};

// An empty text: the header is not sent.
struct RequestShape {
  Known<std::string> user_agent, accept, accept_encoding;
  Known<bool> decodes;      // an answer that comes compressed
  bool http2 = false;       // by ALPN
  std::string_view advice;  // how its headers are set
};

struct TransportPolicy {
  std::string client;  // "JwtBearer 8.23.0", for people
  ChainRules chain;
  TrustRules trust;
  TlsOffer tls;
  ProxyRules proxy;
  AddressRules addresses;
  RedirectRules redirects;
  RequestShape request;
  Known<base::Duration> connect_timeout;  // kForEver: none of its own
};

}  // namespace idpwatch::validators
