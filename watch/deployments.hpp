// The configured deployments: what is really deployed, as it was read last. The forecast of each
// validator, whenever its authority was observed, is made in slices (watch/judging.hpp).
//
// Touches no file and no network. Loop thread only.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "config/config.hpp"
#include "model/authority.hpp"
#include "model/client_request.hpp"
#include "model/event.hpp"
#include "model/finding.hpp"
#include "model/rules.hpp"
#include "validators/dotnet/dotnet_documents.hpp"
#include "watch/deployed_files.hpp"
#include "watch/deployment_reader.hpp"
#include "watch/judging.hpp"
#include "watch/snapshot.hpp"
#include "watch/watched_validator.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::watch {

// The validators of one deployment by name. Problems (a file that cannot be read, a format that is
// not known) are Errors for the caller to show.
struct ReadDeployment {
  std::vector<WatchedValidator> validators;
  std::vector<base::Error> problems;
  std::vector<std::string> notes;
  std::vector<std::string> ignored;  // of them: what stands in the files and is not judged
};
ReadDeployment validators_of(DeploymentReading reading,
                             const std::shared_ptr<validators::DocumentStore>& documents);

// What of its way is known only beside the authority that it trusts.
void fit_route(WatchedValidator& watched, const model::AuthoritySpec& spec);

class Deployments {
 public:
  explicit Deployments(const base::Clock& clock);  // of what judging costs

  // Those that are configured. What was read of one of that name before stays in force until it is
  // read again.
  void configure(const config::Config& config);
  // Authorities that only deployed files name, for as long as they do.
  [[nodiscard]] const std::vector<model::AuthoritySpec>& named_authorities() const {
    return named_;
  }

  struct Refreshed {
    bool changed = false;  // which validators there are, or what they are set to
    std::vector<model::Event> events;
    std::vector<model::CheckResult> results;  // whether its files can be read
    std::vector<std::string> log;
  };
  // Takes in what was read. What cannot be read any more is judged on as it was read last: a file
  // that is gone for a moment mends nothing.
  Refreshed take(std::vector<DeploymentReading> readings, const config::Config& config,
                 base::Instant now);
  // Its files have not been read since so long: a mount does not answer.
  std::vector<model::CheckResult> overdue(const std::vector<DeploymentReader::Overdue>& readings,
                                          base::Instant now);

  // When its validators are judged, and what is known of their authorities.
  [[nodiscard]] Judging& judging() { return judging_; }
  [[nodiscard]] const Judging& judging() const { return judging_; }

  // The smallest clock tolerance of the validators of that authority.
  [[nodiscard]] std::optional<base::Duration> tolerance(const std::string& authority) const;
  // How its validators' own clients ask; each way once.
  [[nodiscard]] std::vector<model::ClientRequest> clients(const std::string& authority) const;
  // Whether a finding's subject is still among what is deployed, as far as can be read.
  [[nodiscard]] bool has(const model::Subject& subject) const;
  [[nodiscard]] bool is_configured(const std::string& deployment) const;
  [[nodiscard]] bool has_endpoint(std::string_view deployment) const;
  // Of that deployment, as it was read last; empty: none, or not read yet.
  [[nodiscard]] std::vector<const WatchedValidator*> validators(std::string_view deployment) const;
  // That its validators trust, the first of them; empty: none is known.
  [[nodiscard]] std::string authority_of(std::string_view deployment) const;
  // False: the files of some deployment were never read, so that authorities may be missing.
  [[nodiscard]] bool all_read() const;
  [[nodiscard]] std::vector<ValidatorState> states() const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    config::DeploymentConfig config;
    std::vector<WatchedValidator> validators;
    std::vector<base::Error> problems;  // of the last reading
    bool read_before = false;           // since it was configured
    bool unread = true;                 // not yet, or at the last attempt some file could not be
    bool trouble_told = true;           // its finding may be open: put out, or of an earlier run
    std::optional<std::uint64_t> start_ticks;
  };
  void assign_authorities(const config::Config& config);
  [[nodiscard]] Entry* find(std::string_view name);
  [[nodiscard]] const Entry* find(std::string_view name) const;
  void take(Entry& entry, DeploymentReading&& reading, Refreshed& out, base::Instant now);

  std::shared_ptr<validators::DocumentStore> documents_;
  std::vector<Entry> entries_;
  std::map<std::string, std::size_t, std::less<>> places_;  // of the entries, by name
  std::vector<model::AuthoritySpec> named_;
  std::string instance_;
  Judging judging_;
};

}  // namespace idpwatch::watch
