#include "forecast/history/route_meeting.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <utility>

namespace idpwatch::forecast {

namespace {

using model::FailureDetail;
using validators::Fault;
using validators::Meeting;

// ".example.test" of "idp.example.test"; empty where there is nothing between it and the top.
std::string domain_of(const std::string& host) {
  const std::size_t dot = host.find('.');
  if (dot == std::string::npos || host.find('.', dot + 1) == std::string::npos) return {};
  const bool address = host.find_first_not_of("0123456789.") == std::string::npos;
  return address ? std::string() : host.substr(dot);
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

bool about_certificate(FailureDetail detail) {
  return detail == FailureDetail::kCertificateUntrusted ||
         detail == FailureDetail::kCertificateName ||
         detail == FailureDetail::kCertificateExpired ||
         detail == FailureDetail::kCertificateNotYetValid;
}

}  // namespace

RouteMeeting::RouteMeeting(const validators::TransportPolicy& policy, const ServiceRoute& route,
                           std::string_view url, std::string_view own_proxy)
    : policy_(policy), way_(route.way), trust_(route.trust), own_proxy_(own_proxy) {
  const auto parsed = base::parse_url(url);
  if (!parsed) return;
  host_ = base::printable(parsed->host);
  if (!way_.choice) return;
  to_ = way_.choice->of(*parsed);
  if (to_) place_ = model::place_of_proxy(*to_);
}

std::string RouteMeeting::unknown() const {
  if (!way_.unknown.empty()) return way_.unknown;
  if (!way_.choice || to_) return {};
  return way_.exempt_from + " may exempt " + host_ + " from the proxy of " + way_.proxy_from +
         ": that hangs on the address of the name";
}

std::string RouteMeeting::note() const {
  std::string text;
  if (!place_.empty()) {
    text = policy_.client + " goes to " + host_ + " through the proxy " + place_ + ": " +
           way_.proxy_from;
  } else if (to_ && !own_proxy_.empty()) {
    text = policy_.client + " goes to " + host_ + " directly";
    if (!way_.unread.empty()) text += "; it does not read " + way_.unread;
  }
  if (other_store()) {
    text += (text.empty() ? "" : "; ") + policy_.client + " trusts " + trust_.described;
  }
  for (const std::string& fault : trust_.faults) text += (text.empty() ? "" : "; ") + fault;
  return text;
}

Fault RouteMeeting::fault_of(const model::AskedAgain& own) {
  const FailureDetail detail = own.detail;
  if (detail == FailureDetail::kCertificateUntrusted) return Fault::kTls;
  if (detail == FailureDetail::kCertificateName) return Fault::kTlsName;
  return about_certificate(detail) ? Fault::kTlsExpired : Fault::kReset;
}

bool RouteMeeting::decides(const model::AskedAgain& own) const {
  return other_proxy() || about_certificate(own.detail);
}

Meeting RouteMeeting::failed(const model::AskedAgain& own) const {
  const std::string failure = base::printable(own.failure, 300);
  if (about_certificate(own.detail)) return not_trusted(own);
  return place_.empty() ? directly(failure) : by_proxy(failure);
}

std::string RouteMeeting::exemption() const {
  const std::string name = way_.exempt_from.substr(0, way_.exempt_from.find('='));
  const std::string variable = name.empty() ? "NO_PROXY" : name;
  std::string text = "add '" + host_ + "'";
  if (const std::string domain = domain_of(host_); !domain.empty()) {
    text += " (or '" + domain + "', for all of that domain)";
  }
  text += " to " + variable;
  if (!policy_.proxy.exemption_advice.empty()) {
    text += "; " + policy_.client + " takes " + std::string(policy_.proxy.exemption_advice);
  }
  return text;
}

Meeting RouteMeeting::by_proxy(const std::string& failure) const {
  Meeting met;
  // What is to be changed comes first: a summary is cut.
  met.answer = way_.exempt_from.empty()
                   ? policy_.client + " goes to " + host_ + " through the proxy of " +
                         way_.proxy_from + ": " + failure
                   : way_.exempt_from + " does not exempt " + host_ + ": " + failure + " (" +
                         way_.proxy_from + ", " + policy_.client + ")";
  met.remedy = "To reach " + host_ + " directly, " + exemption() + ". Else have the proxy " +
               place_ + " let the service through to " + host_ + ".";
  return met;
}

Meeting RouteMeeting::directly(const std::string& failure) const {
  Meeting met;
  met.answer = "idpwatch reaches " + host_ + " through the proxy " + base::printable(own_proxy_) +
               "; " + policy_.client + " goes directly: " + failure;
  if (!way_.unread.empty()) {
    met.answer = host_ + " is reached through the proxy " + base::printable(own_proxy_) + "; " +
                 policy_.client + " does not read " + way_.unread +
                 " and goes directly: " + failure;
  }
  if (!way_.exempt_from.empty()) {
    met.answer += "; " + way_.exempt_from + " exempts " + host_;
    met.remedy = "Take " + host_ + " out of that list, so that it is asked through the proxy. ";
  }
  met.remedy += "If the proxy is the only way out: " + std::string(policy_.proxy.advice) + ".";
  return met;
}

Meeting RouteMeeting::not_trusted(const model::AskedAgain& own) const {
  Meeting met;
  met.answer = "with the store of the service (" +
               (trust_.described.empty() ? std::string("no certificate") : trust_.described) +
               ") the certificate of " + host_ + " fails: " + base::printable(own.failure, 300);
  for (const std::string& fault : trust_.faults) met.answer += "; " + fault;
  if (own.detail != FailureDetail::kCertificateUntrusted) {
    met.remedy = "See what answers as " + host_ + " on the service's way" +
                 (place_.empty() ? std::string() : ", behind the proxy " + place_) + ".";
    return met;
  }
  met.remedy =
      trust_.faults.empty() ? std::string() : "Fix what is named: " + trust_.faults[0] + ". ";
  met.remedy += "Have the service trust the certificate authority of " + host_ + ": " +
                std::string(policy_.trust.advice) + ".";
  return met;
}

Meeting RouteMeeting::by_the_same_proxy() const {
  return by_proxy("the proxy fails for idpwatch, too");
}

Meeting RouteMeeting::by_the_same_store() const {
  return {.answer = "the certificate of " + host_ +
                    " is not trusted by the store that idpwatch and the service share" +
                    (trust_.described.empty() ? "" : " (" + trust_.described + ")"),
          .remedy = capital("have the service trust the certificate authority of ") + host_ + ": " +
                    std::string(policy_.trust.advice) + "."};
}

}  // namespace idpwatch::forecast
