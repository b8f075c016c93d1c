#include "forecast/route/service_trust.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace idpwatch::forecast {

namespace {

using deployed::RouteFacts;
using deployed::StoreFile;
using deployed::StoreSource;
using validators::StoreKind;
using validators::TransportPolicy;

// The certificates of a PEM file, each from its first to its last line.
std::vector<std::string_view> certificates_of(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::vector<std::string_view> found;
  for (auto at = pem.find(kBegin); at != std::string_view::npos; at = pem.find(kBegin, at + 1)) {
    const std::size_t end = pem.find(kEnd, at);
    if (end == std::string_view::npos) break;
    found.push_back(pem.substr(at, end + kEnd.size() - at));
  }
  return found;
}

std::string counted(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " certificate" : " certificates");
}

std::string named(const StoreSource& source) {
  if (source.variable.empty()) return base::printable(source.path);
  std::string text = source.variable + "=" + base::printable(source.path);
  if (!source.origin.file.empty()) {
    text += " (" + base::printable(source.origin.file) +
            (source.origin.line > 0 ? ":" + std::to_string(source.origin.line) : "") + ")";
  }
  return text;
}

// What variables say of the store; the defaults count where nothing replaces them.
bool counts(const StoreSource& source, const TransportPolicy& policy, bool switched) {
  const validators::TrustRules& rules = policy.trust;
  if (source.variable.empty() || source.variable == "route.ca_file") return true;
  if (source.variable == rules.adds) return true;
  const bool reads = rules.openssl_switch.empty() || switched;
  return reads && (source.variable == rules.file || source.variable == rules.directory);
}

bool is_switched(const TransportPolicy& policy, const RouteFacts& facts) {
  const auto* options = deployed::variable_of(facts.variables, "NODE_OPTIONS");
  return options != nullptr && !policy.trust.openssl_switch.empty() &&
         options->value.find(policy.trust.openssl_switch) != std::string::npos;
}

class Gathered {
 public:
  Gathered(const TransportPolicy& policy, const RouteFacts& facts)
      : policy_(policy), facts_(facts), switched_(is_switched(policy, facts)) {}

  ServiceTrust take() {
    const bool declared = facts_.declared.ca_file.has_value();
    for (const StoreSource& source : facts_.store.sources) {
      if (declared != (source.variable == "route.ca_file")) continue;
      if (!counts(source, policy_, switched_) || is_replaced(source)) continue;
      add(source);
    }
    finish(declared);
    return std::move(trust_);
  }

 private:
  // A default whose variable is set; and a default file is no directory's.
  [[nodiscard]] bool is_replaced(const StoreSource& source) const {
    if (!source.variable.empty()) return false;
    const validators::TrustRules& rules = policy_.trust;
    if (!rules.openssl_switch.empty() && !switched_) return false;
    const std::string_view by = source.directory ? rules.directory : rules.file;
    return std::ranges::any_of(facts_.store.sources, [&](const StoreSource& other) {
      return !other.variable.empty() && other.variable == by;
    });
  }

  void add(const StoreSource& source) {
    if (!source.variable.empty()) set_ = true;
    if (!source.exists) {
      if (!source.variable.empty()) trust_.faults.push_back(named(source) + " does not exist");
      return;
    }
    const bool by_hash = policy_.trust.store == StoreKind::kOpenSsl && source.directory;
    std::set<std::string_view> here;
    std::string passed_over;
    for (const StoreFile& file : source.files) {
      if (!file.pem) {
        trust_.faults.push_back(base::printable(file.path) + " cannot be read");
      } else if (by_hash && !file.hash_name) {
        passed_over = file.path;
      } else {
        for (const std::string_view one : certificates_of(*file.pem)) {
          here.insert(one);
          if (taken_.insert(one).second) pem_.append(one).append("\n");
        }
      }
    }
    if (!passed_over.empty()) {
      trust_.faults.push_back(base::printable(passed_over) +
                              " has no hash name, so it does not count (openssl rehash " +
                              base::printable(source.path) + ")");
    }
    if (!trust_.described.empty()) trust_.described += "; ";
    trust_.described += named(source) + ", " + counted(here.size());
  }

  void finish(bool declared) {
    const auto& store = facts_.store;
    trust_.known = store.own_files || declared || set_;
    // Of another place's paths nothing is read, and the same files need no second look.
    if (!trust_.known || (store.ours && !set_ && !declared)) return;
    auto made = std::make_shared<model::TrustedCertificates>();
    made->digest = base::sha256_hex(pem_).substr(0, 16);
    made->pem = std::move(pem_);
    made->described = trust_.described;
    made->partial_chain = policy_.chain.partial_chain.value_or(true);
    trust_.certificates = std::move(made);
  }

  const TransportPolicy& policy_;
  const RouteFacts& facts_;
  bool switched_;
  bool set_ = false;  // by a variable that counts
  std::string pem_;
  std::set<std::string_view> taken_;
  ServiceTrust trust_;
};

}  // namespace

ServiceTrust service_trust(const TransportPolicy& policy, const RouteFacts& facts) {
  if (!policy.trust.store) return {};
  return Gathered(policy, facts).take();
}

}  // namespace idpwatch::forecast
