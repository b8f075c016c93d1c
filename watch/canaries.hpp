// The canaries of the configuration: a real token of each authority or deployment that has one,
// fetched ahead of its expiry, kept in memory and nowhere else. What it shows goes to the
// judgement of deployments, what stands in its way is a finding of `canary-failed`.
//
// Loop thread only; all parts must outlive it.
#pragma once

#include "base/random.hpp"
#include "base/secret.hpp"
#include "checks/canary/canary_facts.hpp"
#include "checks/canary/canary_finding.hpp"
#include "checks/canary/canary_schedule.hpp"
#include "config/config.hpp"
#include "net/scheduler.hpp"
#include "watch/canary_fetch.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::watch {

// Where the authority behind a canary hands out tokens.
struct TokenSource {
  bool known = false;  // its document was read, or none is needed
  std::string authority;
  std::string endpoint;  // empty: the document names none
  std::optional<model::AuthoritySpec> way;
};

struct CanaryNews {
  model::Subject subject;  // the authority, or the deployment
  std::string authority;   // that issued it; empty: not known
  std::vector<model::CheckResult> results;
  std::optional<checks::CanaryFacts> facts;  // of a token that came
};

class Canaries {
 public:
  using FindSource = std::function<TokenSource(const model::Subject& subject)>;
  using Report = std::function<void(CanaryNews&&)>;

  Canaries(CanaryParts parts, base::Random& random, FindSource find_source, Report report);
  ~Canaries();
  Canaries(const Canaries&) = delete;
  Canaries& operator=(const Canaries&) = delete;

  // From now on these. One that stays as it was goes on, with its token.
  void configure(const std::shared_ptr<const config::Config>& config);
  // The authority publishes other keys, or was observed for the first time.
  void keys_changed(std::string_view authority);
  void drain();

  // The token of that deployment's canary, to ask its protected API with; null: there is none that
  // is good now. It is never stored, logged, or sent to anyone but that API.
  [[nodiscard]] const std::string* token_of(std::string_view deployment) const;
  [[nodiscard]] bool has(const model::Subject& subject) const;

 private:
  struct Entry;
  using Entries = std::map<std::string, std::unique_ptr<Entry>, std::less<>>;  // by subject

  void add(Entries& entries, model::Subject subject, const model::CanarySpec& canary,
           const model::Origin& origin, const config::DeploymentConfig* deployment);
  void plan(Entry& entry, base::Duration at);
  void begin(Entry& entry, const net::Now& now);
  void finish(Entry& entry, CanaryOutcome&& outcome);
  void take_token(Entry& entry, CanaryOutcome& outcome, CanaryNews& news, const net::Now& now);
  [[nodiscard]] checks::CanaryView view_of(const Entry& entry) const;

  CanaryParts parts_;
  base::Random& random_;
  FindSource find_source_;
  Report report_;
  std::shared_ptr<const config::Config> config_;
  Entries entries_;
};

}  // namespace idpwatch::watch
