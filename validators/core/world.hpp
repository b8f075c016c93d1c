// The world around a simulated validator: what each URL answers at an instant.
//
// A World knows nothing of validators. It may be a story's script, or the forecast's guess of what
// an authority serves next. The identity of a Body (the pointer) is what parsed documents are
// cached by: serve the same bytes by the same pointer and they are parsed once.
#pragma once

#include "base/time.hpp"
#include "model/circumstances.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace idpwatch::validators {

using Body = std::shared_ptr<const std::string>;

// How a GET fails before it has a whole answer.
enum class Fault {
  kNone,
  kTimeout,    // accepted, never answered
  kReset,      // closed without an answer
  kTruncated,  // closed in the middle of the body
  kRefused,    // nothing listens
  kDns,        // no such name
  kTls,        // certificate of an unknown issuer
  kTlsName,    // certificate of another name
  kTlsExpired,
  kHandshake,  // TLS, and not for a certificate
};

// What a client of its own rules meets where others meet something else, for people.
struct Meeting {
  std::string answer;  // "does not send its intermediate 'CN=...', which ... does not fetch"
  std::string remedy;
  bool possible = false;  // it may fare better than that
  bool operator==(const Meeting&) const = default;
};

struct Served {
  Fault fault = Fault::kNone;
  int status = 200;
  Body body;                                      // null = no octets
  std::string content_type = "application/json";  // with its charset parameter, if any
  std::string location;                           // as the header stands
  base::Duration delay{0};                        // until the answer's first octet
  // As idpwatch met it: what others may meet otherwise. Null: nothing.
  std::shared_ptr<const model::Circumstances> circumstances;
  // As one client meets it. Null: as everybody.
  std::shared_ptr<const Meeting> meeting;
};

class World {
 public:
  virtual ~World() = default;
  // The answer to a GET of `url` (absolute, as the validator spells it) at true time `at`. The
  // reference holds until the next call.
  [[nodiscard]] virtual const Served& fetch(std::string_view url, base::Instant at) const = 0;
};

std::string_view describe(Fault fault);  // "connection refused"

}  // namespace idpwatch::validators
