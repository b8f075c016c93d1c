// The rule `local-network`: when many hosts stop answering at once, it is our side. One finding
// about this host opens then, and those about the authorities stay unknown.
//
// Holds when at least 3 distinct hosts (host and port) and at least 40 % of all that are watched
// began to fail within one interval (docs/rules.md, `local-network`); never with fewer than 3. Ends
// when fewer of the hosts that failed together still do. A host that failed long before keeps its
// own finding.
//
// A failure in this sense is silence: no HTTP answer (dns, connect, tls, timeout). An error status
// comes from the other side and says that the way there works. So do certificates that are refused,
// unless they begin to be refused together (a portal, a clock that jumped): a host with a bad
// certificate that then falls silent fails anew, and is as it was when it shows it again.
//
// Hosts count as long as they are asked: of an authority whose documents name another host at each
// look only those of the newest look are kept.
//
// Order of calls in a turn: record() the outcomes, judge the authorities, withhold(), result().
// Pure, one thread at a time.
#pragma once

#include "base/time.hpp"
#include "model/authority.hpp"
#include "model/observation.hpp"
#include "model/rules.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace idpwatch::checks {

struct HostOutcome {
  std::string host;  // "login.example.com:443"
  bool failed = false;
  bool certificate = false;  // failed, and it is a certificate that was refused
};

// One for each host that the configuration or a document names and this observation asked. Where
// they redirect to is theirs: who redirects has answered.
std::vector<HostOutcome> host_outcomes(const model::Observation& observation);

class LocalNetworkGuard {
 public:
  static constexpr std::size_t kLeastHosts = 3;
  static constexpr std::size_t kLeastPercent = 40;

  // What will be probed, so that "40 % of all" is known before the first round ends.
  void watch(const model::AuthoritySpec& spec);
  void watch(const std::string& authority, const std::string& host, base::Duration interval);
  // The authority is watched no longer.
  void forget(const std::string& authority);

  // All that one observation asked.
  void record(const std::string& authority, const std::vector<HostOutcome>& outcomes,
              base::Duration interval, base::Instant now);
  [[nodiscard]] std::size_t hosts() const { return hosts_.size(); }

  [[nodiscard]] bool active() const { return !together_.empty(); }
  // The authority's silence is put down to our side.
  [[nodiscard]] bool withholds(const std::string& authority) const;
  // Turns bad results that rest on that silence into unknown ones: reachability, TLS and what
  // validators could not fetch.
  void withhold(std::vector<model::CheckResult>& results) const;

  // About this host; good or bad.
  [[nodiscard]] model::CheckResult result(const std::string& instance, base::Instant now) const;

 private:
  struct Host {
    std::size_t authorities = 0;  // that ask it
    base::Duration interval{0};
    std::optional<base::Instant> failing_since;
    std::optional<base::Instant> certificate_since;  // refused, and nothing good since
  };

  void record_one(const HostOutcome& outcome, base::Duration interval, base::Instant now);
  void leave(const std::string& host);
  void is_there(const std::string& host);
  [[nodiscard]] std::set<std::string> failing_together(base::Duration interval,
                                                       base::Instant now) const;
  [[nodiscard]] bool enough(std::size_t hosts) const;

  std::map<std::string, Host> hosts_;
  std::map<std::string, std::vector<std::string>> asked_by_;  // hosts, by authority: one or two
  std::size_t failing_ = 0;                                   // hosts that fail, for whatever time
  std::set<std::string> together_;  // hosts; not empty while the guard holds
};

}  // namespace idpwatch::checks
