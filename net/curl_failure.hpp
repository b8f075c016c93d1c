// What libcurl and OpenSSL say of a broken transfer, in the words of the observation record.
// Pure: everything that matters is an argument.
#pragma once

#include "base/time.hpp"
#include "model/observation.hpp"
#include "net/address_policy.hpp"

#include <optional>
#include <string>

namespace idpwatch::net {

// Why a transfer was given up by ourselves.
enum class Abort { kNone, kBodyTooLarge, kHeaderTooLarge, kCoding, kAddress };

struct Outcome {
  int code = 0;           // CURLcode
  std::string text;       // libcurl's error buffer; may be empty
  int os_errno = 0;       // of the last connect
  int lacked = 0;         // errno of a socket that could not be had
  bool shortage = false;  // of descriptors, while it ran: on this request or another
  int tunnel_status = 0;  // a proxy's answer to CONNECT
  Abort abort = Abort::kNone;
  std::optional<AddressClass> refused_address;
  int verify_error = 0;  // X509_V_ERR_*, 0 = the chain was not refused
  bool handshake_begun = false, chain_seen = false;
  bool renegotiation = false;  // was asked for, and we declined
  int status = 0;              // of the final response, if its header came
  model::Phases phases;        // tell how far a transfer came that timed out
  base::Duration timeout{0};
  std::string proxy;  // as configured, user info included; empty: none
  bool reused_connection = false;
};

// nullopt: the transfer is whole.
std::optional<model::Failure> to_failure(const Outcome& outcome);

}  // namespace idpwatch::net
