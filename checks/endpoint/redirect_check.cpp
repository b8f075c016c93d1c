// Where requests are sent on to, hop by hop: loops, downgrades, other origins, and what clients
// lose on the way. Clients: HttpClient of .NET drops Authorization on every redirect that it
// follows (dotnet/runtime, RedirectHandler); browsers, curl and requests drop it on another origin.
#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/endpoint/endpoint_report.hpp"

#include <algorithm>

namespace idpwatch::checks {
namespace {

constexpr const char* kRule = "endpoint-redirect";

std::string shown(const std::string& text) {
  return base::printable(base::without_user_info(text), 300);
}

std::string origin_of(const std::string& url) {
  const auto parsed = base::parse_url(url);
  return parsed ? parsed->origin() : std::string();
}

std::string host_of(const std::string& url) {
  const auto parsed = base::parse_url(url);
  return parsed ? parsed->host : std::string();
}

bool same_address(const std::string& a, const std::string& b) {
  const auto first = base::parse_url(a);
  const auto second = base::parse_url(b);
  return first && second && first->text() == second->text();
}

class Redirects {
 public:
  Redirects(const EndpointQuestion& question, const Exchange& exchange)
      : question_(question), exchange_(exchange) {
    check_.name = EndpointCheckName::kRedirects;
  }

  EndpointCheck run() {
    const auto& hops = exchange_.plain.empty() ? exchange_.with_token : exchange_.plain;
    if (hops.empty() || hops.front().answer.status == 0) return std::move(check_);
    check_.outcome = EndpointOutcome::kOk;
    check_.expected = "an answer at the address that is called";
    if (!login_page(exchange_).empty()) return std::move(check_);  // told as the challenge
    std::vector<std::string> seen;
    for (const Hop& hop : hops) {
      if (!is_redirect(hop)) break;
      const std::string target = redirect_target(hop);
      const bool before = std::any_of(seen.begin(), seen.end(),
                                      [&](const auto& one) { return same_address(one, target); });
      if (same_address(hop.request.url, target) || before) {
        loop(hop, target);
        break;
      }
      seen.push_back(hop.request.url);
      if (!step(hop, target)) break;
    }
    return std::move(check_);
  }

 private:
  // False: judged for good.
  bool step(const Hop& hop, const std::string& target) {
    const std::string status = std::to_string(hop.answer.status);
    const bool from_https = hop.request.url.starts_with("https:");
    const bool to_https = target.starts_with("https:");
    if (target.empty()) {
      check_.judge(EndpointOutcome::kRefused, kRule,
                   status + " leads to no address that can be read");
      return false;
    }
    if (from_https && !to_https) {
      check_.judge(
          EndpointOutcome::kRefused, kRule,
          status + " leads from https to " + shown(target) +
              ": browsers refuse it as mixed content, and clients send tokens in the clear");
      check_.remedy =
          "The application does not know that TLS ended in front of it: let it read "
          "X-Forwarded-Proto from that proxy (ASP.NET Core UseForwardedHeaders, Express trust "
          "proxy, Spring server.forward-headers-strategy).";
      return false;
    }
    const bool up = !from_https && to_https && host_of(hop.request.url) == host_of(target);
    if (up) {
      check_.notes.push_back("http is redirected to https (" + status +
                             "): normal; clients should call " + shown(target));
      return true;
    }
    if (origin_of(hop.request.url) != origin_of(target)) {
      another_origin(hop, target);
      return false;
    }
    check_.notes.push_back(
        status + " leads to " + shown(target) +
        ": .NET's HttpClient drops Authorization on every redirect that "
        "it follows, the same host included, and then gets 401. Let clients call " +
        shown(target) + " itself.");
    return true;
  }

  void another_origin(const Hop& hop, const std::string& target) {
    const int status = hop.answer.status;
    std::string text = std::to_string(status) + " leads to another origin, " + shown(target) +
                       ": clients drop Authorization there";
    const bool changes = (status == 301 || status == 302 || status == 303) &&
                         hop.request.method != "GET" && hop.request.method != "HEAD";
    if (changes) {
      text += ", and many turn " + shown(hop.request.method) + " into GET (.NET's HttpClient does)";
    }
    check_.judge(EndpointOutcome::kWarning, kRule, text);
    check_.remedy = "Call " + shown(target) +
                    " directly, with a token for it; where the redirect has to stay, use "
                    "308 or 307, which keep the method. Authorization is lost either way; idpwatch "
                    "keeps its token "
                    "within the first origin.";
  }

  void loop(const Hop& hop, const std::string& target) {
    const bool itself = same_address(hop.request.url, target);
    std::string text = std::to_string(hop.answer.status) + " redirects " + shown(hop.request.url) +
                       " to " +
                       (itself ? "itself (the same address): a loop"
                               : shown(target) + ", where it came from: a loop");
    if (itself && hop.request.url.starts_with("https:")) {
      text +=
          ". The application takes an https request for http: it does not see that TLS ended in "
          "front of it";
    }
    if (itself) text += forwarded();
    check_.judge(EndpointOutcome::kRefused, kRule, text);
    check_.remedy = itself ? loop_remedy() : "Let only one layer redirect, to one address.";
  }

  [[nodiscard]] std::string forwarded() const {
    if (exchange_.forwarded.empty()) return {};
    if (!is_redirect(exchange_.forwarded.back())) {
      return ". With X-Forwarded-Proto: https the loop ends: that proves it, and that the proxy in "
             "front does not "
             "send this header";
    }
    return ". With X-Forwarded-Proto: https it goes on, which proves nothing: public proxies "
           "overwrite that header, and "
           "our address is no proxy that the application knows";
  }

  [[nodiscard]] std::string loop_remedy() const {
    const bool other =
        question_.stack == EndpointStack::kExpress || question_.stack == EndpointStack::kSpring;
    if (other) {
      return "Let the application read X-Forwarded-Proto from the proxy in front of it (Express: "
             "app.set('trust proxy', ...); Spring: server.forward-headers-strategy: framework).";
    }
    return "ASP.NET Core: app.UseForwardedHeaders(...) with ForwardedHeaders.XForwardedProto "
           "before the redirect, and "
           "the proxy's address in KnownProxies or KnownNetworks. From ASP.NET Core 8.0.17 and "
           "9.0.6 on, forwarded "
           "headers from proxies that are not listed are ignored, so that a servicing update "
           "starts such a loop. "
           "Express: trust proxy; Spring: server.forward-headers-strategy.";
  }

  const EndpointQuestion& question_;
  const Exchange& exchange_;
  EndpointCheck check_;
};

}  // namespace

std::string login_page(const Exchange& exchange) {
  for (const Hop& hop : exchange.plain) {
    if (!is_redirect(hop)) break;
    const std::string target = redirect_target(hop);
    const auto url = base::parse_url(target);
    if (!url) continue;
    const std::string path = base::to_lower(url->path);
    const std::string query = base::to_lower(url->query);
    const bool path_says =
        path.find("/login") != std::string::npos || path.find("/signin") != std::string::npos ||
        path.find("/account/") != std::string::npos ||
        path.find("/authorize") != std::string::npos || path.find("/.auth/") != std::string::npos ||
        path.find("/saml") != std::string::npos;
    const bool query_says = query.find("returnurl=") != std::string::npos ||
                            query.find("redirect_uri=") != std::string::npos ||
                            query.find("samlrequest=") != std::string::npos;
    if (path_says || query_says) return target;
  }
  return {};
}

EndpointCheck judge_redirects(const EndpointQuestion& question, const Exchange& exchange) {
  return Redirects(question, exchange).run();
}

}  // namespace idpwatch::checks
