#include "validators/dotnet/retriever.hpp"

#include "base/enum_names.hpp"
#include "base/url.hpp"
#include "validators/dotnet/dotnet_uri.hpp"

namespace idpwatch::validators {
namespace {

bool is_redirect(const Served& served) {
  const int status = served.status;
  return served.fault == Fault::kNone && !served.location.empty() &&
         ((status >= 300 && status <= 303) || status == 307 || status == 308);
}

// Follows redirects from `served`; one from https to http is an answer, not followed
// (RedirectHandler).
Served follow(Turn& turn, std::string_view url, Served served) {
  std::string target(url);
  base::Duration waited = served.delay;
  for (int hop = 0; is_redirect(served) && hop < kRedirectsMax; ++hop) {
    const auto from = base::parse_url(target);
    const auto to = from ? base::resolve_url(*from, served.location) : from;
    if (!to || (from->https() && !to->https())) {
      break;
    }
    target = to->text();
    served = turn.world.fetch(target, turn.at);
    waited += served.delay;
    served.delay = waited;
  }
  return served;
}

Served answer(Turn& turn, std::string_view url) {
  const Served& served = turn.world.fetch(url, turn.at);
  return is_redirect(served) ? follow(turn, url, served) : served;
}

Retrieved failed(std::string error, std::string reason) {
  Retrieved result;
  result.error = std::move(error);
  result.reason = std::move(reason);
  return result;
}

using Retry = RetrieverRules::Retry;

// Whether another attempt follows one that ended so. Inside HttpClient, so a body that breaks off
// or is too large, which is only noticed outside, does not count.
bool tries_again(const Served& served, Retry retry) {
  switch (retry) {
    case Retry::kNone:
      return false;
    case Retry::kOnce:
      return served.fault == Fault::kNone && (served.status == 408 || served.status == 503);
    case Retry::kFive:
      break;
  }
  if (served.fault != Fault::kNone) {
    return served.fault != Fault::kTimeout && served.fault != Fault::kTruncated;
  }
  return served.status == 404 || served.status == 408 || served.status == 429 ||
         served.status >= 500;
}

int attempts(Retry retry) { return retry == Retry::kNone ? 1 : retry == Retry::kOnce ? 2 : 5; }

Retrieved outcome(Served served, const RetrieverRules& rules) {
  if (served.fault != Fault::kNone) {
    return failed("IDX20804", std::string(describe(served.fault)));
  }
  if (served.delay >= rules.timeout) {
    return failed("IDX20804", "no answer within the time-out");
  }
  if (served.body && served.body->size() > kRetrievedMax) {
    return failed("IDX20804", "the body is larger than 10 MiB");
  }
  if (served.status >= 200 && served.status < 300) {
    return {std::move(served.body), std::move(served.content_type), {}, {}};
  }
  return failed("IDX20807", "status " + std::to_string(served.status));
}

}  // namespace

Retrieved retrieve(Turn& turn, std::string_view url, const RetrieverRules& rules, int& count) {
  std::optional<DotnetUri> uri;
  if (!is_normal_https(url)) {
    uri = parse_dotnet_uri(url);
    if (rules.require_https && (!uri || !uri->https())) {
      return failed("IDX20108", "the address is not https");
    }
    if (!uri) {
      return failed("IDX20804", "the address is not an absolute URL");
    }
    url = uri->spelled;
  }
  base::Duration spent{0};
  for (int attempt = 1;; ++attempt) {
    ++count;
    Served served = answer(turn, url);
    served.delay += rules.retry == Retry::kFive ? spent : base::Duration(0);
    const bool late = served.delay >= rules.timeout;
    if (late || attempt == attempts(rules.retry) || !tries_again(served, rules.retry)) {
      return outcome(std::move(served), rules);
    }
    // The time-out is HttpClient's and spans all tries.
    spent = served.delay + base::seconds(1LL << (attempt - 1));
    if (rules.retry == Retry::kFive && spent >= rules.timeout) {
      return outcome(std::move(served), rules);
    }
  }
}

std::string_view describe(Fault fault) {
  static constexpr base::EnumNames<Fault> kTexts{
      {Fault::kNone, "no fault"},
      {Fault::kTimeout, "no answer"},
      {Fault::kReset, "connection closed without an answer"},
      {Fault::kTruncated, "connection closed in the middle of the answer"},
      {Fault::kRefused, "connection refused"},
      {Fault::kDns, "no such host name"},
      {Fault::kTls, "certificate of an unknown issuer"},
      {Fault::kTlsName, "certificate of another name"},
      {Fault::kTlsExpired, "expired certificate"},
      {Fault::kHandshake, "the TLS handshake fails"}};
  return kTexts.text(fault);
}

}  // namespace idpwatch::validators
