#include "validators/node/jose_remote_set.hpp"

#include <utility>

namespace idpwatch::validators {
namespace {

constexpr int kOk = 200;
constexpr unsigned kReaderId = 1U << 16;  // beyond those of other libraries

JoseError unreachable(std::string code, std::string message) {
  return {"keys-unreachable", std::move(code), std::move(message), Cause::kTransport};
}

// What http.get and fetch of Node throw.
JoseError thrown(Fault fault) {
  switch (fault) {
    case Fault::kTimeout:
      return unreachable("ERR_JWKS_TIMEOUT", "request timed out");
    case Fault::kReset:
    case Fault::kTruncated:
      return unreachable("ECONNRESET", "the connection was closed");
    case Fault::kDns:
      return unreachable("ENOTFOUND", "getaddrinfo ENOTFOUND");
    case Fault::kTls:
      return unreachable("UNABLE_TO_VERIFY_LEAF_SIGNATURE",
                         "unable to verify the first certificate");
    case Fault::kTlsName:
      return unreachable("ERR_TLS_CERT_ALTNAME_INVALID",
                         "Hostname/IP does not match certificate's altnames");
    case Fault::kTlsExpired:
      return unreachable("CERT_HAS_EXPIRED", "certificate has expired");
    case Fault::kHandshake:
      return unreachable("EPROTO", "the TLS handshake fails");
    case Fault::kNone:
    case Fault::kRefused:
      break;
  }
  return unreachable("ECONNREFUSED", "connect ECONNREFUSED");
}

JoseError generic(std::string message, Cause cause) {
  return {"keys-unreachable", "ERR_JOSE_GENERIC", std::move(message), cause};
}

bool never_arrives(Fault fault) {
  return fault == Fault::kRefused || fault == Fault::kDns || fault == Fault::kTls ||
         fault == Fault::kTlsName || fault == Fault::kTlsExpired || fault == Fault::kHandshake;
}

struct Fetched {
  std::optional<JoseError> error;
  std::shared_ptr<const JoseKeySet> set;
};

Fetched fetch(Turn& turn, const std::string& url, const RemoteSetOptions& options,
              const JoseTraits& traits) {
  ++turn.fetches.keys;
  const Served& served = turn.world.fetch(url, turn.at);
  if (never_arrives(served.fault)) ++turn.fetches.keys_lost;
  if (served.fault == Fault::kTruncated && traits.web_crypto) {
    return {
        generic("Failed to parse the JSON Web Key Set HTTP response as JSON", Cause::kTransport),
        nullptr};
  }
  if (served.fault != Fault::kNone) return {thrown(served.fault), nullptr};
  if (served.delay >= options.timeout) return {thrown(Fault::kTimeout), nullptr};
  if (served.status != kOk) {
    return {generic("Expected 200 OK from the JSON Web Key Set HTTP response", Cause::kTransport),
            nullptr};
  }
  static const Body nothing = std::make_shared<const std::string>();
  auto set = turn.store.read<JoseKeySet>(
      served.body ? served.body : nothing, kReaderId + traits.reader,
      [&](std::string_view octets) -> std::shared_ptr<const JoseKeySet> {
        auto read = read_jose_key_set(octets, traits);
        return read ? std::make_shared<const JoseKeySet>(std::move(*read)) : nullptr;
      });
  if (!set) {
    return {generic("Failed to parse the JSON Web Key Set HTTP response as JSON", Cause::kDocument),
            nullptr};
  }
  if (set->malformed) {
    return {JoseError{"keys-invalid", "ERR_JWKS_INVALID", "JSON Web Key Set malformed",
                      Cause::kDocument},
            nullptr};
  }
  return {std::nullopt, std::move(set)};
}

}  // namespace

// By the wall clock: after a step backwards it is young for as long as the step was.
bool RemoteJoseSet::younger_than(base::Duration age, base::Instant now) const {
  if (!set_) return false;
  return fetched_at_ > base::Instant::max() - age || now < fetched_at_ + age;
}

std::optional<JoseError> RemoteJoseSet::reload(Turn& turn, const std::string& url,
                                               const RemoteSetOptions& options,
                                               const JoseTraits& traits) {
  Fetched fetched = fetch(turn, url, options, traits);
  if (fetched.error) return std::move(fetched.error);
  set_ = std::move(fetched.set);
  fetched_at_ = turn.local;
  return std::nullopt;
}

JoseChoice RemoteJoseSet::key(Turn& turn, const std::string& url, const std::string& alg,
                              const JoseMember& kid, const RemoteSetOptions& options,
                              const JoseTraits& traits) {
  if (!younger_than(options.max_age, turn.local)) {
    if (auto error = reload(turn, url, options, traits)) return std::move(*error);
  }
  JoseChoice choice = set_->choose(alg, kid, traits);
  const auto* error = std::get_if<JoseError>(&choice);
  if (error == nullptr || !is_unknown_kid(*error)) return choice;
  if (younger_than(options.cooldown, turn.local)) return choice;
  if (auto failed = reload(turn, url, options, traits)) return std::move(*failed);
  return set_->choose(alg, kid, traits);
}

}  // namespace idpwatch::validators
