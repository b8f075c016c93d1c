#include "validators/retriever.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

namespace idpwatch::validators {
namespace {

constexpr std::size_t kMaxBody = 10 * 1024 * 1024;  // MaxResponseContentBufferSize of JwtBearer
constexpr int kMaxRedirects = 50;                   // HttpClientHandler.MaxAutomaticRedirections
constexpr int kAttempts = 2;

bool is_https(std::string_view url) {
  return url.size() > 8 && base::iequals(url.substr(0, 8), "https://");
}

bool is_redirect(int status) {
  return (status >= 300 && status <= 303) || status == 307 || status == 308;
}

// Follows redirects; one from https to http is an answer, not followed (RedirectHandler).
Served answer(Turn& turn, std::string_view url) {
  std::string target(url);
  base::Duration waited{0};
  for (int hop = 0;; ++hop) {
    Served served = turn.world.fetch(target, turn.at);
    waited += served.delay;
    served.delay = waited;
    if (served.fault != Fault::kNone || !is_redirect(served.status) || served.location.empty() ||
        hop == kMaxRedirects) {
      return served;
    }
    const auto from = base::parse_url(target);
    const auto to = from ? base::resolve_url(*from, served.location) : from;
    if (!to || (from->https() && !to->https())) {
      return served;
    }
    target = to->text();
  }
}

Retrieved failed(std::string error, std::string reason) {
  Retrieved result;
  result.error = std::move(error);
  result.reason = std::move(reason);
  return result;
}

}  // namespace

Retrieved retrieve(Turn& turn, std::string_view url, const RetrieverRules& rules, int& count) {
  if (rules.require_https && !is_https(url)) {
    return failed("IDX20108", "the address is not https");
  }
  for (int attempt = 1;; ++attempt) {
    ++count;
    Served served = answer(turn, url);
    if (served.fault != Fault::kNone) {
      return failed("IDX20804", std::string(describe(served.fault)));
    }
    if (served.delay >= rules.timeout) {
      return failed("IDX20804", "no answer within the time-out");
    }
    if (served.body && served.body->size() > kMaxBody) {
      return failed("IDX20804", "the body is larger than 10 MiB");
    }
    if (served.status >= 200 && served.status < 300) {
      return {std::move(served.body), std::move(served.content_type), {}, {}};
    }
    const bool again = rules.retries_503 && (served.status == 408 || served.status == 503);
    if (!again || attempt == kAttempts) {
      return failed("IDX20807", "status " + std::to_string(served.status));
    }
  }
}

std::string_view describe(Fault fault) {
  switch (fault) {
    case Fault::kNone:
      return "no fault";
    case Fault::kTimeout:
      return "no answer";
    case Fault::kReset:
      return "connection closed without an answer";
    case Fault::kTruncated:
      return "connection closed in the middle of the answer";
    case Fault::kRefused:
      return "connection refused";
    case Fault::kDns:
      return "no such host name";
    case Fault::kTls:
      return "certificate of an unknown issuer";
    case Fault::kTlsName:
      return "certificate of another name";
    case Fault::kTlsExpired:
      return "expired certificate";
  }
  return {};
}

}  // namespace idpwatch::validators
