#include "cli/check_reasons.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "net/trust_store.hpp"
#include "watch/own_limit.hpp"
#include "watch/way_notes.hpp"

#include <algorithm>
#include <vector>

namespace idpwatch::cli {

std::vector<std::string> how_reached(const ProbeResult& probed) {
  std::vector<std::string> notes = watch::way_of(probed.seen);
  if (!watch::went_by_tls(probed.seen)) return notes;
  const auto source =
      net::trust_source(probed.track->spec().ca_file, base::Environment::of_process());
  notes.push_back("certificates are verified with " + base::printable(net::shown(source), 400));
  for (const std::string& note : net::trust_notes(source)) {
    notes.push_back(base::printable(note, 400));
  }
  return notes;
}

std::string why_not_reached(const watch::WatchedValidator& watched, const ProbeResult* probed) {
  if (probed != nullptr) {
    for (const model::CheckResult& result : probed->judged.results) {
      if (result.health == model::Health::kFailing &&
          (result.finding.rule == "authority-unreachable" ||
           result.finding.severity >= model::Severity::kError)) {
        return result.finding.summary;
      }
    }
  }
  const std::string& keys = watched.validator->addresses().keys;
  const std::string& where = watched.metadata_url.empty() ? keys : watched.metadata_url;
  return base::redact_url(where.empty() ? watched.authority : where) + " was not reached";
}

std::string why_nobodys(const watch::WatchedValidator& watched) {
  const model::ValidatorSettings& settings = watched.settings;
  const validators::Addresses& addresses = watched.validator->addresses();
  if (!watched.authority.empty() || !addresses.metadata.empty() || !addresses.keys.empty()) {
    return {};
  }
  if (!settings.pinned_keys.has_value()) {
    return watched.name +
           " names neither an authority nor keys; if they are set in code, add settings: "
           "{authority: ...} to a deployment";
  }
  const std::vector<std::string>& keys = settings.pinned_keys.value();
  const bool shared = std::all_of(keys.begin(), keys.end(), [](const std::string& key) {
    return key.find(R"("kty":"oct")") != std::string::npos;
  });
  if (shared) return {};
  return "the keys of " + watched.name +
         " are in its settings; name the authority they belong to: one in our configuration (or "
         "--authority) whose issuer is among its issuers";
}

std::string why_unseen(const ProbeResult* probed) {
  return probed == nullptr ? std::string() : watch::own_limit(probed->seen);
}

std::string why_unread(const watch::WatchedValidator& watched, const ProbeResult* probed) {
  if (probed == nullptr || !watched.validator->fetches()) return {};
  const std::string& keys = watched.validator->addresses().keys;
  if (!keys.empty() && (!probed->seen.jwks || probed->seen.jwks->url != keys)) {
    return "its key set " + base::printable(keys) + " is not the one that the document of " +
           base::printable(watched.authority) +
           " names; watch it as an authority of its own (jwks_url)";
  }
  if (probed->judged.discovery_good && probed->judged.keys_good) return {};
  return why_not_reached(watched, probed);
}

}  // namespace idpwatch::cli
