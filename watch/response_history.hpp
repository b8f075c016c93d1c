// Keeps, per authority, what it served by URL (forecast/history/authority_history.hpp): fed with
// live observations, and at start with the spans of the store. One thread.
#pragma once

#include "base/result.hpp"
#include "forecast/view.hpp"
#include "model/observation.hpp"
#include "storage/reader.hpp"
#include "watch/authority_track.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::watch {

class ResponseHistory {
 public:
  // Longer than any cache lifetime plus token lifetime that is modelled (24 h and its jitter).
  static constexpr base::Duration kHorizon = std::chrono::hours(48);

  // `discovery` and `jwks`: the bodies that were good in this look, as they are stored; null
  // otherwise.
  void observe(const model::Observation& seen, const std::shared_ptr<const std::string>& discovery,
               const std::shared_ptr<const std::string>& jwks);
  // The local clock was set: what was served lies as far back as it did.
  void clock_set(base::Duration step);
  // How long those who trust this authority wait for an answer.
  void set_waits(std::vector<base::Duration> waits) { history_.set_waits(std::move(waits)); }
  // The spans of the last kHorizon, and what was good before it where none of them was. `asked`:
  // the addresses that are asked, in full: what is stored has no values of queries.
  base::Status restore(storage::Reader& stored, const std::string& authority, base::Instant now,
                       const std::vector<std::string>& asked);

  [[nodiscard]] const forecast::AuthorityHistory& history() const { return history_; }
  // Keys that are or were lately published, by what stands in the history; signing or not.
  [[nodiscard]] std::vector<forecast::KnownKey> known_keys() const;
  // What the newest document that could be read says; empty: none could.
  [[nodiscard]] std::string issuer() const;
  // A limit of ours that the newest look met, after restore(); empty: none.
  [[nodiscard]] const std::string& unseen() const { return unseen_; }
  [[nodiscard]] base::Instant observed_at() const { return observed_at_; }
  [[nodiscard]] base::Duration latency() const { return latency_; }

 private:
  [[nodiscard]] std::string answering(std::string url) const;
  void observe_part(const model::Fetch& fetch, const std::shared_ptr<const std::string>& body,
                    base::Instant at);

  forecast::AuthorityHistory history_;
  std::string discovery_url_, jwks_url_;  // of the newest look
  std::string unseen_;
  base::Instant observed_at_;
  base::Duration latency_{0};
};

// How a failed or answered fetch looks to another client. The body is that of a good answer.
validators::Served served_of(const model::Fetch& fetch,
                             const std::shared_ptr<const std::string>& body);

}  // namespace idpwatch::watch
