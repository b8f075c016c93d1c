// One public key as an authority publishes it (RFC 7517, 7518, 8037, 8812), and the set of them.
//
// Identity is the RFC 7638 thumbprint over *decoded, normalised* members: leading zero octets of n
// and e stripped, EC coordinates brought to the curve's length, padding, alphabet and white space
// of the encoding ignored. A kid is a label: it may be missing, repeated, reused or hold anything.
// Keys that cannot be decoded, or have a kty that we do not know, are kept with an empty
// thumbprint.
//
// Secret members never come in here: redact_secrets() runs first, on receipt.
#pragma once

#include "base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::model {

enum class KeyType { kRsa, kEc, kOkp, kOct, kUnknown };

// What is odd about a key and yet survives (facts on 381 public providers).
enum class KeyOddity {
  kNotBase64Url,     // padding, the other alphabet, or white space in a member
  kLeadingZero,      // RFC 7518 section 6.3.1.1 forbids it in n
  kShortCoordinate,  // RFC 7518 section 6.2.1.2 asks for the full length
  kX5cWhiteSpace,
  kKidNotString,
  kMissingMember,  // a member that the kty needs is absent or of the wrong type
  kUndecodable,
  kUnknownCurve,
};

struct Jwk {
  KeyType type = KeyType::kUnknown;
  std::string kty;                 // as published; empty when absent
  std::optional<std::string> kid;  // a kid that is no string is kept as its JSON text
  std::optional<std::string> alg;
  std::optional<std::string> use;
  std::vector<std::string> key_ops;
  std::string crv;               // EC, OKP
  std::string n, e, x, y;        // raw octets, normalised
  std::string k_redacted;        // oct: the text that stands for k; never the secret
  unsigned bits = 0;             // modulus or field size; 0 when unknown
  std::vector<std::string> x5c;  // base64 without white space, leaf first
  std::string thumbprint;        // base64url; empty: not decodable
  std::string members;           // canonical JSON of all members as published (after redaction)
  // Canonical JSON of what is said about the key: no kid, no secret, nothing of the material itself
  // (that is compared decoded); key_ops as a set, long values as "sha256:" and their digest.
  std::string metadata;
  std::vector<KeyOddity> oddities;

  [[nodiscard]] bool decodable() const { return !thumbprint.empty(); }
  // Section 5 of the design: a signing key is one whose use is not "enc".
  [[nodiscard]] bool signing() const { return use != "enc"; }
};

struct KeySet {
  std::vector<Jwk> keys;                // in the order of the document
  std::size_t entries_not_objects = 0;  // null, text and the like inside "keys"
};

// One element of "keys". Never fails: what it cannot read it keeps as undecodable.
Jwk parse_jwk(const nlohmann::json& value);
// kInput: no object, or no array "keys" in it.
base::Result<KeySet> parse_key_set(const nlohmann::json& document);

// Replaces k, d, p, q, dp, dq, qi and the members of oth, wherever they stand in an element of
// "keys", by "redacted-" and the first 12 hex digits of the value's SHA-256 (over the text of a
// string, else over its JSON). What already has that form stays. A single key or a bare array in
// the place of a key set is treated alike. Returns the members replaced or found replaced, sorted,
// as "0.k".
std::vector<std::string> redact_secrets(nlohmann::json& document);

// RFC 7638 over members already normalised; empty for an unknown kty.
std::string thumbprint(const Jwk& key);

}  // namespace idpwatch::model
