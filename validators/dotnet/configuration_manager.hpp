// The ConfigurationManager of Microsoft.IdentityModel as a state machine: it caches a discovery
// document and its key set as one configuration, decides when to fetch again, and keeps the
// last-known-good ones. A value: copying a manager is copying its state.
#pragma once

#include "validators/core/cause.hpp"
#include "validators/dotnet/dotnet_documents.hpp"
#include "validators/dotnet/identity_model.hpp"
#include "validators/dotnet/retriever.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::validators {

// LastKnownGoodConfigurationSizeLimit.
inline constexpr std::size_t kGoodConfigurationsMax = 10;

struct Configuration {
  std::shared_ptr<const DiscoveryDocument> document;
  std::shared_ptr<const KeyDocument> keys;  // null: the document names no key set
  base::Instant fetched_at;                 // local clock
  std::uint64_t generation = 0;             // the library compares references; so do we

  [[nodiscard]] const std::string& issuer() const { return document->issuer; }
  [[nodiscard]] const std::vector<SigningKey>& signing_keys() const;
  // Issuer and keys are the same: BaseConfigurationComparer.
  [[nodiscard]] bool same_as(const Configuration& other) const;
};

struct ManagerRules;
struct FetchFailure {
  std::string error;  // innermost id
  std::string reason;
  std::string url;
  Cause cause = Cause::kTransport;
  CauseDetail detail = CauseDetail::kNone;
};
// How a configuration is fetched and read. Fills in the failure when it gives none.
using Fetch = std::optional<Configuration> (*)(Turn&, const ManagerRules&, FetchFailure&);
// OpenIdConnectConfigurationRetriever.
std::optional<Configuration> fetch_openid_connect(Turn& turn, const ManagerRules& rules,
                                                  FetchFailure& failure);

struct ManagerRules {
  std::string metadata_address;
  std::string expected_issuer;  // OpenIddict alone compares it with the document's
  RetrieverRules retriever;
  ManagerPolicy policy;
  base::Duration automatic{0};
  base::Duration refresh{0};
  base::Duration last_known_good = base::hours(1);
  bool use_last_known_good = true;
  bool reads_no_keys = false;              // the key set is fetched, and nothing of it arrives
  const LibraryTraits* library = nullptr;  // outlives the manager
  Fetch fetch = fetch_openid_connect;
};

class ConfigurationManager {
 public:
  // GetConfigurationAsync: what is cached or fetched; null when there is none.
  const Configuration* get(Turn& turn, const ManagerRules& rules);
  // RequestRefresh: a signal (blocking), or the start of a task (background).
  void request_refresh(const Turn& turn, const ManagerRules& rules);
  // Tasks that this request started end before the next one begins.
  void finish(Turn& turn, const ManagerRules& rules);

  void remember_good(const Configuration& configuration, base::Instant now,
                     const ManagerRules& rules);
  [[nodiscard]] std::vector<Configuration> last_known_good(base::Instant now) const;

  [[nodiscard]] const std::optional<Configuration>& current() const { return current_; }
  // From this instant of the local clock on, the next request refreshes (it may be earlier, if a
  // refresh is requested).
  [[nodiscard]] base::Instant due_at() const { return sync_after_; }
  // From this instant on a request for a refresh is heard.
  [[nodiscard]] base::Instant refresh_allowed_at(const ManagerRules& rules) const;
  [[nodiscard]] const FetchFailure& last_failure() const { return failure_; }

 private:
  struct Good {
    Configuration configuration;
    base::Instant until;
  };
  std::optional<Configuration> fetch(Turn& turn, const ManagerRules& rules);
  const Configuration* get_blocking(Turn& turn, const ManagerRules& rules);
  const Configuration* get_background(Turn& turn, const ManagerRules& rules);
  void adopt(Configuration configuration, const Turn& turn, const ManagerRules& rules);
  void back_off(const Turn& turn, const ManagerRules& rules);
  void start_task(const ManagerRules& rules);

  std::optional<Configuration> current_;
  base::Instant sync_after_ = base::Instant::min();
  base::Instant last_refresh_ = base::Instant::min();  // blocking: last success; else last start
  base::Duration bootstrap_ = base::seconds(1);
  std::optional<base::Duration> drawn_once_;
  bool first_request_ = true;
  int tasks_ = 0;  // background tasks that this request started
  std::uint64_t fetched_ = 0;
  std::vector<Good> good_;
  FetchFailure failure_;
};

}  // namespace idpwatch::validators
