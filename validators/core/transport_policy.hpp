// How a validator's own HTTP client goes to its provider, as a plain value: chain rules, trust
// store, TLS offer, proxy, addresses, headers, decoding. (How long it waits, how much it reads and
// how many redirects it follows stand in FetchLimits, by which the machine lives too.)
//
// What is not known of a client is kUnknown and is never guessed: then nothing is said of what it
// meets where that decides.
#pragma once

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

// Which entries of NO_PROXY exempt a host.
struct NoProxyDialect {
  enum class Name { kHost, kHostAndBelow, kEnds };  // "a.test"
  enum class Dotted { kHostAndBelow, kBelow };      // ".a.test"
  enum class Star { kNothing, kAlone, kAnywhere };  // "*"
  Name name = Name::kHostAndBelow;
  Dotted dotted = Dotted::kHostAndBelow;
  bool star_dot = false;  // "*.a.test" is as ".a.test"
  bool networks = false;  // "10.0.0.0/8", for addresses in the URL
  bool ports = false;     // "a.test:8443"
  Star star = Star::kAlone;
  bool loopback_direct = false;  // never by a proxy, whatever is set
};

enum class ProxySource { kNone, kEnvironment, kSettings };

struct ProxyRules {
  Known<ProxySource> source;
  // In the order in which they are looked at; what stands but is empty counts and hides the rest.
  std::vector<std::string_view> for_https, for_http, exempt;
  Known<NoProxyDialect> dialect;
  std::string_view needs;             // a variable that must be "1" for the others to be read
  std::string_view advice;            // how a proxy is set
  std::string_view exemption_advice;  // how an exemption is written, before the name
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
