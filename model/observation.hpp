// What one probe of one authority saw: immutable, complete, without any judgement.
#pragma once

#include "base/time.hpp"
#include "model/circumstances.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::model {

// The kinds of the observation record (docs/json.md).
enum class FailureKind { kTimeout, kDns, kConnect, kTls, kHttp, kBody };

struct Failure {
  FailureKind kind = FailureKind::kConnect;
  FailureDetail detail = FailureDetail::kNone;
  std::string message;  // as the library says it, without our addresses; outside text
};

// Microseconds since the request began; 0 where the phase did not happen (kept connection).
struct Phases {
  std::int64_t dns_us = 0, connect_us = 0, tls_us = 0, first_byte_us = 0, total_us = 0;
};

// One response's Date, with the local instants between which it was stamped (clock facts, 2.1).
struct ClockSample {
  base::Instant sent;      // wall clock, before the first request byte could leave
  base::Instant received;  // wall clock, when the Date line of the final response was in hand
  base::Duration boottime_received{0};  // survives a step of the wall clock
  base::Instant date;                   // whole second
  std::optional<std::int64_t> age_s;    // Age header: a cached answer
};

struct TlsFacts {
  std::string protocol;            // "TLSv1.3"
  std::string leaf_sha256;         // hex, of the DER
  std::string subject, issuer;     // one line each; outside text
  std::vector<std::string> names;  // subjectAltName DNS and IP
  base::Instant not_before, not_after;
  std::string suite;  // "ECDHE-RSA-AES256-GCM-SHA384"
};

// One document, asked for once (redirects followed, one repeat on a fresh connection included).
struct Fetch {
  std::string url;                                           // as asked
  std::vector<std::string> redirects;                        // URLs gone through after that
  int status = 0;                                            // 0: no HTTP answer
  std::vector<std::pair<std::string, std::string>> headers;  // lower-case names, final response
  // Null: nothing was received (304, failure). For 304 and for an unchanged body `sha256` is that
  // of the last good one.
  std::shared_ptr<const std::string> body;
  std::string sha256;         // hex of the body as received; empty when there is none
  bool not_modified = false;  // 304 to our conditional GET
  std::optional<Failure> failure;
  Phases phases;
  // How long it stood in our own queue before anything was sent, over all redirects. In none of the
  // phases, and in no timeout.
  base::Duration waited{0};
  std::string address;  // of the peer, "[2001:db8::1]:443"
  bool reused_connection = false;
  std::optional<ClockSample> clock;
  // Of the final host, when the handshake got so far; else null. One for all looks at a
  // certificate.
  std::shared_ptr<const TlsFacts> tls;
  // Null: nothing that another client might meet otherwise. What the failure itself tells stands
  // there.
  std::shared_ptr<const Circumstances> circumstances;

  [[nodiscard]] const std::string* header(std::string_view lower_case_name) const;
  // It failed for what this host lacked.
  [[nodiscard]] bool ours() const { return failure && failure->detail == FailureDetail::kOurs; }
  // 2xx or 304, and no failure: says nothing about the content.
  [[nodiscard]] bool answered() const {
    return !failure && (not_modified || (status >= 200 && status < 300));
  }
};

struct Observation {
  base::Instant at;  // wall clock at the end of the probe; of imported records their own
  std::string authority;
  std::string issuer;              // as configured
  std::optional<Fetch> discovery;  // absent: not fetched (jwks_url configured)
  std::optional<Fetch> jwks;       // absent: no jwks_uri known

  // A part of it failed for what this host lacked: no look at the authority at all.
  [[nodiscard]] bool ours() const {
    return (discovery && discovery->ours()) || (jwks && jwks->ours());
  }
  // In our own queue, over both documents.
  [[nodiscard]] base::Duration waited() const {
    return (discovery ? discovery->waited : base::Duration{0}) +
           (jwks ? jwks->waited : base::Duration{0});
  }
};

// What of it another client may meet otherwise, the failure's own part included; null: nothing.
std::shared_ptr<const Circumstances> circumstances_of(const Fetch& fetch);

std::string_view to_text(FailureKind kind);  // "timeout", "dns", ...
std::optional<FailureKind> failure_kind(std::string_view text);

}  // namespace idpwatch::model
