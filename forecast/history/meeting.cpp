#include "forecast/history/meeting.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/url.hpp"
#include "forecast/history/route_meeting.hpp"
#include "validators/core/transport_request.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace idpwatch::forecast {

namespace {

using model::Circumstances;
using model::FailureDetail;
using model::Intermediate;
using validators::Fault;
using validators::FetchLimits;
using validators::Served;
using validators::TlsLibrary;
using validators::TransportPolicy;

std::string in_quotes(std::string_view text) { return "'" + base::printable(text, 200) + "'"; }

std::string host_of(std::string_view url) {
  const auto parsed = base::parse_url(std::string(url));
  return parsed ? base::printable(parsed->host_port()) : std::string("the provider");
}

Met unknown(std::string why) {
  return {.served = std::nullopt, .unknown = std::move(why), .note = {}};
}

Met refused(const Served& seen, Fault fault, validators::Meeting meeting) {
  Served served = seen;
  served.fault = fault;
  served.status = 0;
  served.body = nullptr;
  served.meeting = std::make_shared<const validators::Meeting>(std::move(meeting));
  return {.served = std::move(served), .unknown = {}, .note = {}};
}

// As it was seen, by whoever asks.
Met as_seen(const Served& seen, std::string note = {}) {
  return {.served = seen, .unknown = {}, .note = std::move(note)};
}

// What idpwatch lacked or may not do, whoever's way it went.
bool is_own_limit(FailureDetail detail) {
  return detail == FailureDetail::kOurs || detail == FailureDetail::kAddressRefused ||
         detail == FailureDetail::kTooLarge;
}

class Client {
 public:
  Client(const Served& seen, std::string_view url, const TransportPolicy& policy,
         const FetchLimits& limits, const ServiceRoute* route)
      : seen_(seen),
        at_(seen.circumstances ? *seen.circumstances : no_circumstances()),
        url_(url),
        policy_(policy),
        limits_(limits),
        service_(route) {
    if (route != nullptr) route_.emplace(policy, *route, url, at_.proxy);
  }

  [[nodiscard]] Met meets() const {
    if (const model::AskedAgain* own = own_answer()) return by_own_answer(*own);
    if (route_) {
      if (auto met = on_its_route()) return std::move(*met);
    }
    if (at_.waited > base::Duration(0)) return by_patience(at_.waited);
    switch (at_.detail) {
      case FailureDetail::kLegacyRenegotiation:
        return by_library("asks for legacy renegotiation (no RFC 5746), which OpenSSL 3 refuses",
                          "Update the device before the provider (load balancer, firewall), or "
                          "switch secure renegotiation (RFC 5746) on there.");
      case FailureDetail::kTlsLevel:
        return by_library("offers TLS below what OpenSSL 3 takes",
                          "Have the provider offer TLS 1.2 or 1.3 with keys of 2048 bits and "
                          "SHA-256.");
      case FailureDetail::kRenegotiation:
        return by_renegotiation();
      case FailureDetail::kCoding:
        return unknown(host_of(url_) +
                       " compresses by a coding that idpwatch does not decode; what it sends to " +
                       policy_.client + " is not known");
      case FailureDetail::kProxy:
        return unknown("through the proxy " + base::printable(at_.proxy) +
                       ", which is idpwatch's own, " + host_of(url_) +
                       " was not reached; which way the service takes is not known");
      case FailureDetail::kFiltered:
        return unknown(host_of(url_) + " answers " + std::to_string(seen_.status) +
                       " to idpwatch's own request; by the address or by the headers is not known, "
                       "nor what it answers to " +
                       policy_.client);
      case FailureDetail::kRateLimited:
        return unknown(host_of(url_) +
                       " answers 429 to idpwatch's own requests: idpwatch asks too often, and "
                       "what it answers to the service is not known");
      case FailureDetail::kCertificateUntrusted:
        return by_chain();
      case FailureDetail::kNone:
      case FailureDetail::kRedirectLoop:
      case FailureDetail::kRedirectDowngrade:
      case FailureDetail::kAddressRefused:
      case FailureDetail::kTooLarge:
      case FailureDetail::kCertificateExpired:
      case FailureDetail::kCertificateNotYetValid:
      case FailureDetail::kCertificateName:
      case FailureDetail::kOurs:
      case FailureDetail::kTooManyRedirects:
        break;
    }
    return by_success();
  }

 private:
  static const Circumstances& no_circumstances() {
    static const Circumstances none;
    return none;
  }

  [[nodiscard]] bool well() const { return seen_.fault == Fault::kNone && seen_.status / 100 == 2; }

  // What its route alone decides: nullopt: nothing.
  [[nodiscard]] std::optional<Met> on_its_route() const {
    std::string why = route_->unknown();
    if (why.empty() && route_->differs()) {
      why = route_->note() + "; " + host_of(url_) + " was not asked on that way";
    }
    if (!why.empty()) return well() ? as_seen(seen_, std::move(why)) : unknown(std::move(why));
    if (at_.detail == FailureDetail::kProxy && !route_->proxy().empty()) {
      return refused(seen_, Fault::kRefused, route_->by_the_same_proxy());
    }
    if (at_.detail == FailureDetail::kCertificateUntrusted && !at_.missing &&
        route_->store_known()) {
      return refused(seen_, Fault::kTls, route_->by_the_same_store());
    }
    return std::nullopt;
  }

  // What is worth a word of the way of a client that is well.
  [[nodiscard]] std::string way_note() const {
    std::string note = route_ ? route_->note() : std::string();
    if (!at_.proxy.empty() && !(route_ && route_->proxy_known())) {
      note = host_of(url_) + " was reached through idpwatch's proxy " + base::printable(at_.proxy) +
             "; which way the service takes was not read";
    } else if (!at_.trusted_by.empty() && !(route_ && route_->store_known())) {
      note += (note.empty() ? "" : "; ") + host_of(url_) + " is trusted here by ca_file " +
              base::printable(at_.trusted_by) +
              "; whether the service's own store holds that authority was not seen";
    }
    return note;
  }

  [[nodiscard]] const model::AskedAgain* own_answer() const {
    const auto request = base_request();
    return request ? answer_to(*request) : nullptr;
  }

  [[nodiscard]] std::optional<model::ClientRequest> base_request() const {
    return service_ != nullptr ? service_->request : validators::client_request(policy_, limits_);
  }

  // Its answer by the IPv6 addresses alone; null: not asked, or it takes them side by side.
  [[nodiscard]] const model::AskedAgain* ipv6_answer() const {
    auto request = base_request();
    if (!request || !request->in_turn) return nullptr;
    request->ipv6_alone = true;
    return answer_to(*request);
  }

  [[nodiscard]] const model::AskedAgain* answer_to(const model::ClientRequest& request) const {
    if (at_.again.empty()) return nullptr;
    const auto own = std::ranges::find(at_.again, request.key(), &model::AskedAgain::request);
    return own == at_.again.end() ? nullptr : &*own;
  }

  // The first address is waited for, and another one is tried too late.
  [[nodiscard]] Met by_addresses(const model::AskedAgain& first) const {
    Met met = refused(
        seen_, Fault::kTimeout,
        {.answer = host_of(url_) + " at " + base::printable(first.failure) + "; " + policy_.client +
                   " tries the addresses in turn and waits for each, IPv6 first",
         .remedy = "Have the AAAA record of " + host_of(url_) +
                   " removed or its route repaired; for one service, " +
                   std::string(policy_.addresses.remedy) + ".",
         .possible = true});
    met.served->delay = limits_.timeout;
    return met;
  }

  [[nodiscard]] Met by_own_answer(const model::AskedAgain& own) const {
    const std::string asked = "asked again as " + base::printable(own.as) + " asks: ";
    const bool well = this->well();
    if (!own.failure.empty() && is_own_limit(own.detail)) {
      return well ? as_seen(seen_, asked + own.failure) : unknown(asked + own.failure);
    }
    // Its store is another, and it got no further than idpwatch: that is nothing of its own.
    if (!own.failure.empty() && route_ && route_->differs()) {
      return route_->decides(own) ? refused(seen_, RouteMeeting::fault_of(own), route_->failed(own))
                                  : as_seen(seen_);
    }
    // One request that breaks off tells less than the probes that do not.
    if (!own.failure.empty() && well) return by_success();
    if (own.patience) {
      if (own.took < limits_.timeout) return by_patience(own.took);
      Met met = refused(seen_, Fault::kTimeout, {});
      met.served->meeting = nullptr;
      met.served->delay = own.took;
      return met;
    }
    if (!own.failure.empty()) {
      return refused(seen_, Fault::kReset,
                     {.answer = asked + own.failure,
                      .remedy = "Look between the service and " + host_of(url_) + "."});
    }
    if (own.status == 429) {
      return unknown(asked +
                     "429; the provider limits the requests of this address, and the "
                     "service has its own");
    }
    // Whatever is asked, it is the same for everybody.
    if (own.status / 100 == 5 && seen_.status == own.status) return as_seen(seen_);
    if ((own.status == 401 || own.status == 403) && seen_.status == own.status) {
      return unknown(host_of(url_) + " answers " + std::to_string(own.status) +
                     " to idpwatch, and to a request as " + policy_.client +
                     " asks: by the address of this host, or by the headers (User-Agent) of both, "
                     "is not known; the service has an address of its own");
    }
    // With its own offer, it agreed on a suite.
    if (well && own.status / 100 == 2 && own.coding.empty()) return by_success(true);
    Served served = seen_;
    served.fault = Fault::kNone;
    served.status = own.status;
    served.delay = well ? seen_.delay : own.took;
    if (own.status / 100 != 2) {
      served.body = nullptr;
      served.location.clear();
      served.meeting = std::make_shared<const validators::Meeting>(refused_status(own));
      return {.served = std::move(served), .unknown = {}, .note = {}};
    }
    if (!own.coding.empty() && policy_.request.decodes == false) return compressed(own, served);
    if (own.body) served.body = own.body;
    std::string note =
        asked + std::to_string(own.status) + " after " + base::describe_duration(own.took);
    if (route_ && route_->differs()) note = route_->note() + "; " + note;
    // A body that is not kept any more: judged by what was served before.
    if (!served.body) return {.served = std::nullopt, .unknown = {}, .note = note};
    return {.served = std::move(served), .unknown = {}, .note = note, .by_itself = !well};
  }

  [[nodiscard]] validators::Meeting refused_status(const model::AskedAgain& own) const {
    const auto& agent = policy_.request.user_agent;
    const std::string sent = !agent           ? std::string()
                             : agent->empty() ? " without a User-Agent"
                                              : " with 'User-Agent: " + *agent + "'";
    const std::string status = std::to_string(own.status);
    return {.answer = host_of(url_) + " answers " + status + " to a request" + sent + ", as " +
                      policy_.client + " asks",
            .remedy = "See which filter before " + host_of(url_) + " answers " + status +
                      ": it may look at the headers (User-Agent) or at the address that asks. "
                      "Allow both for the service, or set its headers: " +
                      std::string(policy_.request.advice) + "."};
  }

  // What it reads as JSON is not.
  [[nodiscard]] Met compressed(const model::AskedAgain& own, Served served) const {
    static const auto bytes = std::make_shared<const std::string>("\x1f\x8b\x08");
    served.body = own.body ? own.body : bytes;
    // Plain after all, whatever its header says: read as it is, it is read right.
    const std::size_t first = served.body->find_first_not_of(" \t\r\n");
    if (first != std::string::npos && (*served.body)[first] == '{') {
      return {.served = std::move(served),
              .unknown = {},
              .note = host_of(url_) + " names the Content-Encoding " +
                      base::printable(own.coding, 40) + " and sends plain JSON, which " +
                      policy_.client + " reads",
              .by_itself = true};
    }
    served.meeting = std::make_shared<const validators::Meeting>(validators::Meeting{
        .answer = host_of(url_) + " sends a body that is compressed (" +
                  base::printable(own.coding, 40) + ") though not asked for, which " +
                  policy_.client + " reads as it is",
        .remedy = "Have the front of " + host_of(url_) +
                  " compress only when the request asks for it (Accept-Encoding)."});
    return {.served = std::move(served), .unknown = {}, .note = {}};
  }

  // Who waits longer may be answered yet.
  [[nodiscard]] Met by_patience(base::Duration waited) const {
    if (limits_.timeout <= waited) return as_seen(seen_);
    const bool endless = limits_.timeout == validators::kForEver;
    return unknown("no answer from " + host_of(url_) + " within " +
                   base::describe_duration(waited) + ", where idpwatch gives up (`timeout`); " +
                   policy_.client + " waits " +
                   (endless ? "longer" : base::describe_duration(limits_.timeout)));
  }

  [[nodiscard]] Met by_library(const std::string& what, const std::string& remedy) const {
    const auto& library = policy_.tls.library;
    if (!library || *library == TlsLibrary::kOwn) {
      return unknown(host_of(url_) + " " + what + "; idpwatch is on OpenSSL 3, what " +
                     policy_.client + " does is not known");
    }
    const bool possible = *library == TlsLibrary::kOpenSslOfSystem;
    return refused(seen_, Fault::kHandshake,
                   {.answer = host_of(url_) + " " + what +
                              (possible ? "; which OpenSSL the service's image has was not "
                                          "seen"
                                        : ", and " + policy_.client + " is on it"),
                    .remedy = remedy,
                    .possible = possible});
  }

  [[nodiscard]] Met by_renegotiation() const {
    const std::string what =
        host_of(url_) + " renegotiates within the connection, which idpwatch never allows";
    if (policy_.tls.renegotiates != true) return unknown(what);
    return unknown(what + "; " + policy_.client +
                   " goes along, and what it is handed was not seen");
  }

  // The certificate is not trusted with our store.
  [[nodiscard]] Met by_chain() const {
    if (!at_.missing) return by_store();
    const Intermediate& missing = *at_.missing;
    const auto& fetches = policy_.chain.fetches_intermediates;
    if (!fetches) return unknown(sends_no(missing));
    if (!*fetches) return lacks_intermediate(missing);
    switch (missing.brought) {
      case Intermediate::Brought::kForbidden:
        return unknown(sends_no(missing) + "; " + policy_.client + " fetches it from " +
                       base::printable(missing.url) +
                       ", where idpwatch may not go (limits.private_addresses)");
      case Intermediate::Brought::kNo:
        return refused(seen_, Fault::kTls,
                       {.answer = sends_no(missing) + "; " + policy_.client + " fetches it from " +
                                  base::printable(missing.url) + ", which does not answer here",
                        .remedy = full_chain(missing),
                        .possible = true});
      case Intermediate::Brought::kUntried:
      case Intermediate::Brought::kYes:
        break;
    }
    return unknown(sends_no(missing) + "; " + policy_.client + " fetches it by itself from " +
                   base::printable(missing.url));
  }

  [[nodiscard]] Met by_store() const {
    return unknown("the certificate of " + host_of(url_) +
                   " is not trusted by the store that idpwatch reads; the store of the service was "
                   "not read. If its issuer is not in there: " +
                   std::string(policy_.trust.advice));
  }

  [[nodiscard]] std::string sends_no(const Intermediate& missing) const {
    return host_of(url_) + " does not send its intermediate " + in_quotes(missing.subject);
  }

  [[nodiscard]] std::string full_chain(const Intermediate& missing) const {
    return "Have the provider send the full chain: " + in_quotes(missing.subject) +
           " after its own certificate.";
  }

  [[nodiscard]] Met lacks_intermediate(const Intermediate& missing) const {
    return refused(seen_, Fault::kTls,
                   {.answer = sends_no(missing) + ", and " + policy_.client + " does not fetch it",
                    .remedy = full_chain(missing)});
  }

  // It came to idpwatch.
  [[nodiscard]] Met by_success(bool offer_taken = false) const {
    const model::AskedAgain* ipv6 = ipv6_answer();
    if (ipv6 != nullptr && ipv6->patience) return by_addresses(*ipv6);
    if (!at_.suite.empty() && !offer_taken) {
      if (auto met = by_suite()) return std::move(*met);
    }
    if (at_.missing && at_.missing->brought == Intermediate::Brought::kYes) {
      const auto& fetches = policy_.chain.fetches_intermediates;
      if (fetches == false) return lacks_intermediate(*at_.missing);
      return as_seen(seen_, sends_no(*at_.missing) + "; " + policy_.client +
                                (fetches ? " fetches it" : " may fetch it") +
                                " by itself (AIA) from " + base::printable(at_.missing->url));
    }
    if (!at_.root.empty()) return by_anchor();
    return as_seen(seen_, way_note());
  }

  [[nodiscard]] Met by_anchor() const {
    const std::string what = "trust in " + host_of(url_) + " ends at " + in_quotes(at_.anchor) +
                             "; its root " + in_quotes(at_.root) +
                             " is not in the store that idpwatch reads";
    if (policy_.chain.partial_chain == true) return as_seen(seen_);
    if (!policy_.chain.partial_chain) return as_seen(seen_, what);
    return refused(
        seen_, Fault::kTls,
        {.answer = what + ", and " + policy_.client + " needs the root",
         .remedy = "Add the root " + in_quotes(at_.root) +
                   " to the service's trust store: " + std::string(policy_.trust.advice) + ".",
         .possible = true});
  }

  [[nodiscard]] std::optional<Met> by_suite() const {
    const auto& suites = policy_.tls.suites;
    const std::string suite = base::printable(at_.suite, 80);
    if (!suites) {
      return as_seen(seen_, host_of(url_) + " negotiates " + suite + "; whether " + policy_.client +
                                " offers it is not known");
    }
    if (suites->empty() || std::ranges::find(*suites, at_.suite) != suites->end()) {
      return std::nullopt;
    }
    return refused(seen_, Fault::kHandshake,
                   {.answer = host_of(url_) + " negotiates " + suite + " with idpwatch, which " +
                              policy_.client + " does not offer" +
                              (own_answer() != nullptr ? ", and fails with its offer" : ""),
                    .remedy = "Have the provider offer an ECDHE suite with AES-GCM, or widen the "
                              "service's offer by " +
                              std::string(policy_.tls.widened_by) + "."});
  }

  const Served& seen_;
  const Circumstances& at_;
  std::string_view url_;
  const TransportPolicy& policy_;
  const FetchLimits& limits_;
  const ServiceRoute* service_;
  std::optional<RouteMeeting> route_;
};

}  // namespace

Met met_by(const Served& seen, std::string_view url, const TransportPolicy& policy,
           const FetchLimits& limits, const ServiceRoute* route) {
  if (!seen.circumstances && route == nullptr) return as_seen(seen);
  return Client(seen, url, policy, limits, route).meets();
}

}  // namespace idpwatch::forecast
