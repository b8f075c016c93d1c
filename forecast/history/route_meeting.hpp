// What a service meets on its own way to the provider, where that is not idpwatch's: another proxy,
// none, another trust store. A part of meeting.hpp, not for others. Pure.
#pragma once

#include "forecast/route/service_route.hpp"
#include "model/circumstances.hpp"
#include "validators/core/world.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::forecast {

class RouteMeeting {
 public:
  // `own_proxy`: through which idpwatch asks, "proxy:3128"; empty: none.
  RouteMeeting(const validators::TransportPolicy& policy, const ServiceRoute& route,
               std::string_view url, std::string_view own_proxy);

  // It is known, and not idpwatch's.
  [[nodiscard]] bool differs() const { return other_proxy() || other_store(); }
  [[nodiscard]] bool other_proxy() const { return to_ && place_ != own_proxy_; }
  [[nodiscard]] bool other_store() const { return trust_.certificates != nullptr; }
  [[nodiscard]] bool proxy_known() const { return to_.has_value(); }
  [[nodiscard]] bool store_known() const { return trust_.known; }
  // Through which it goes, "proxy:3128"; empty: none, or not known.
  [[nodiscard]] const std::string& proxy() const { return place_; }

  // Why it is not known by which proxy it goes; empty: it is, or nothing is said of it.
  [[nodiscard]] std::string unknown() const;
  // Where it goes and whom it trusts, as far as that is worth a word.
  [[nodiscard]] std::string note() const;

  // What went wrong on that way comes of what it has of its own.
  [[nodiscard]] bool decides(const model::AskedAgain& own) const;
  // Asked on that way, this went wrong.
  [[nodiscard]] validators::Meeting failed(const model::AskedAgain& own) const;
  [[nodiscard]] static validators::Fault fault_of(const model::AskedAgain& own);
  // idpwatch's own failure holds for it: the same proxy, the same store.
  [[nodiscard]] validators::Meeting by_the_same_proxy() const;
  [[nodiscard]] validators::Meeting by_the_same_store() const;

 private:
  [[nodiscard]] validators::Meeting not_trusted(const model::AskedAgain& own) const;
  [[nodiscard]] validators::Meeting by_proxy(const std::string& failure) const;
  [[nodiscard]] validators::Meeting directly(const std::string& failure) const;
  [[nodiscard]] std::string exemption() const;

  const validators::TransportPolicy& policy_;
  const ServiceWay& way_;
  const ServiceTrust& trust_;
  std::string host_;  // of the provider
  std::string place_, own_proxy_;
  std::optional<std::string> to_;  // the proxy's URL; "": none
};

}  // namespace idpwatch::forecast
