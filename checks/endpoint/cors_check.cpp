// A cross-origin call with Authorization, by the Fetch standard (CORS-preflight fetch, CORS check)
// and as today's browsers do it: Chromium, Firefox and Safari let "*" in
// Access-Control-Allow-Headers cover Authorization, which the standard excludes.
#include "base/text.hpp"
#include "checks/endpoint/endpoint_report.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::checks {
namespace {

constexpr const char* kRule = "endpoint-cors";
constexpr const char* kOrigin = "Access-Control-Allow-Origin";
constexpr const char* kHeaders = "Access-Control-Allow-Headers";
constexpr const char* kMethods = "Access-Control-Allow-Methods";
constexpr const char* kCredentials = "Access-Control-Allow-Credentials";

std::string shown(const std::string& text) { return base::printable(text, 200); }

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> out;
  for (const std::string_view one : base::split(text, ',')) {
    const std::string_view bare = base::trim(one);
    if (!bare.empty()) out.emplace_back(bare);
  }
  return out;
}

bool has(const std::vector<std::string>& list, std::string_view one, bool any_case) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& each) {
    return any_case ? base::iequals(each, one) : each == one;
  });
}

struct OriginFault {
  std::string found, chrome, firefox, remedy;
};

class Cors {
 public:
  Cors(const EndpointQuestion& question, const Exchange& exchange)
      : question_(question), exchange_(exchange), stack_(stack_of(question, exchange)) {
    check_.name = EndpointCheckName::kCors;
  }

  EndpointCheck run() {
    if (exchange_.preflight.empty() || origin().empty()) return std::move(check_);
    check_.outcome = EndpointOutcome::kOk;
    check_.expected = "a page of " + shown(origin()) + " may call it by " + method() +
                      " with Authorization" +
                      (question_.credentials ? " and with credentials" : "");
    const GivenAnswer& answer = exchange_.preflight.front().answer;
    if (answer.status == 0) {
      check_.outcome = EndpointOutcome::kUnknown;
      check_.found = "the preflight was not answered: " + shown(answer.failure);
    } else if (!preflight_status(answer) && !origin_refused(answer, true) &&
               !method_refused(answer)) {
      headers(answer);
    }
    if (check_.outcome == EndpointOutcome::kOk || check_.outcome == EndpointOutcome::kWarning) {
      answers();
    }
    return std::move(check_);
  }

 private:
  [[nodiscard]] std::string origin() const {
    if (!question_.origin.empty()) return question_.origin;
    return exchange_.preflight.empty()
               ? std::string()
               : joined_field(exchange_.preflight.front().request.headers, "origin").value_or("");
  }
  [[nodiscard]] std::string method() const {
    return joined_field(exchange_.preflight.front().request.headers,
                        "access-control-request-method")
        .value_or(question_.page_method());
  }
  [[nodiscard]] std::string url() const { return shown(exchange_.preflight.front().request.url); }

  void refuse(std::string what, const std::string& chrome, const std::string& firefox,
              std::string remedy, bool preflight = true) {
    check_.judge(EndpointOutcome::kRefused, kRule, std::move(what));
    check_.remedy = std::move(remedy);
    check_.browser_says =
        "Chrome: Access to fetch at '" + url() + "' from origin '" + shown(origin()) +
        "' has been blocked by CORS policy: " +
        (preflight ? "Response to preflight request doesn't pass access control check: " : "") +
        chrome + " Firefox: Cross-Origin Request Blocked (Reason: " + firefox + ").";
  }

  // True: refused. A browser looks at a redirect first, then at the origin, then at the status; its
  // console names the first of them that fails.
  bool preflight_status(const GivenAnswer& answer) {
    const int status = answer.status;
    if (status >= 200 && status < 300) return false;
    const std::string code = std::to_string(status);
    if (status >= 300 && status < 400) {
      refuse("OPTIONS is redirected (" + code + "), and a preflight must not be",
             "Redirect is not allowed for a preflight request.",
             "CORS request external redirect not allowed; status code " + code,
             "Answer OPTIONS at this very address: check its scheme, its slash at the end and the "
             "login redirect.");
      return true;
    }
    const auto fault = origin_fault(answer);
    const std::string chrome = fault ? fault->chrome : "It does not have HTTP ok status.";
    const std::string firefox = "CORS preflight response did not succeed; status code " + code;
    if (status == 401 || status == 403) {
      refuse("OPTIONS is answered with " + code +
                 ": authentication runs before CORS. A preflight never "
                 "carries credentials (Fetch standard), so no token can help",
             chrome, firefox, order());
    } else {
      refuse("OPTIONS is answered with " + code + ": nothing handles the preflight at this address",
             chrome, firefox, order());
    }
    return true;
  }

  [[nodiscard]] std::string order() const {
    switch (stack_) {
      case EndpointStack::kExpress:
        return "Express: app.use(cors({origin: '" + shown(origin()) +
               "', ...})) before auth(), so that "
               "preflights are answered before authentication.";
      case EndpointStack::kAspNetCore:
        return "ASP.NET Core: app.UseCors(...) before app.UseAuthentication() and "
               "app.UseAuthorization().";
      case EndpointStack::kSpring:
        return "Spring Security: http.cors(withDefaults()) with a CorsConfigurationSource, which "
               "runs "
               "before the security filters.";
      case EndpointStack::kNginx:
      case EndpointStack::kUnknown:
        break;
    }
    return "Let CORS run before authentication: Express app.use(cors(...)) before auth(); ASP.NET "
           "Core "
           "UseCors() before UseAuthentication(); Spring Security http.cors(); a gateway answers "
           "OPTIONS itself.";
  }

  [[nodiscard]] std::optional<OriginFault> origin_fault(const GivenAnswer& answer) const {
    const auto values = field_values(answer.headers, kOrigin);
    const std::string wanted = shown(origin());
    if (values.empty()) {
      return OriginFault{
          std::string("there is no ") + kOrigin,
          std::string("No '") + kOrigin + "' header is present on the requested resource.",
          std::string("CORS header '") + kOrigin + "' missing",
          "Allow " + wanted + " in the CORS settings of the service."};
    }
    const std::string value = base::join(values, ", ");
    if (values.size() > 1 || value.find(',') != std::string::npos) {
      return OriginFault{
          std::string(kOrigin) + " is set twice or holds two values, \"" + shown(value) +
              "\": a browser joins them, and the result is not an origin",
          std::string("The '") + kOrigin + "' header contains multiple values '" + shown(value) +
              "', but only one is allowed. Have the server send the header with a "
              "valid value.",
          std::string("Multiple CORS header '") + kOrigin + "' not allowed",
          "Let only one layer set CORS headers: the application or the proxy in front of it "
          "(nginx: proxy_hide_header, or no add_header), not both."};
    }
    if (value == "*" && question_.credentials) {
      return OriginFault{
          std::string(kOrigin) + " is \"*\", which does not count for a call with credentials",
          std::string("The value of the '") + kOrigin +
              "' header in the response must not be the "
              "wildcard '*' when the request's credentials mode is 'include'.",
          std::string("Credential is not supported if the CORS header '") + kOrigin + "' is '*'",
          "Answer " + std::string(kOrigin) + ": " + wanted + " and " + kCredentials +
              ": true (with Vary: Origin); or leave out credentials: 'include', which a bearer "
              "token does not need."};
    }
    if (value != "*" && value != origin()) {
      const bool close = base::iequals(value, origin()) || value == origin() + "/";
      return OriginFault{
          std::string(kOrigin) + " is \"" + shown(value) + "\", and the page's origin is \"" +
              wanted + "\"" + (close ? ": they differ in case or in a slash at the end" : ""),
          std::string("The '") + kOrigin + "' header has a value '" + shown(value) +
              "' that is not equal to the supplied origin. Have the server send the header with a "
              "valid value.",
          std::string("CORS header '") + kOrigin + "' does not match '" + shown(value) + "'",
          "Allow " + wanted +
              " in the CORS settings, spelled as browsers send it (scheme, host and "
              "port, lower case, no slash)."};
    }
    const std::string allowed = joined_field(answer.headers, kCredentials).value_or("");
    if (question_.credentials && allowed != "true") {
      return OriginFault{
          std::string(kCredentials) + " is \"" + shown(allowed) + "\", and has to be \"true\"",
          std::string("The value of the '") + kCredentials + "' header in the response is '" +
              shown(allowed) +
              "' which must be 'true' when the request's credentials mode is 'include'.",
          std::string("expected 'true' in CORS header '") + kCredentials + "'",
          "Allow credentials for " + wanted + " (" + kCredentials +
              ": true), or call without them."};
    }
    return std::nullopt;
  }

  bool origin_refused(const GivenAnswer& answer, bool preflight) {
    const auto fault = origin_fault(answer);
    if (!fault) return false;
    refuse(fault->found, fault->chrome, fault->firefox, fault->remedy, preflight);
    return true;
  }

  // GET, HEAD and POST need no entry.
  bool method_refused(const GivenAnswer& answer) {
    constexpr std::array<std::string_view, 3> kSafe{"GET", "HEAD", "POST"};
    const std::string wanted = method();
    if (std::find(kSafe.begin(), kSafe.end(), wanted) != kSafe.end()) return false;
    const auto allowed = list_of(joined_field(answer.headers, kMethods).value_or(""));
    if (has(allowed, wanted, false)) return false;
    if (!question_.credentials && has(allowed, "*", false)) return false;
    const bool other_case = has(allowed, wanted, true);
    refuse(std::string(kMethods) + " is \"" + shown(base::join(allowed, ", ")) +
               "\" and does not allow " + wanted +
               (other_case ? " (methods are compared with regard to case)" : ""),
           "Method " + wanted + " is not allowed by " + kMethods + " in preflight response.",
           std::string("Did not find method in CORS header '") + kMethods + "'",
           std::string("Add ") + wanted + " to " + kMethods + ".", false);
    return true;
  }

  void headers(const GivenAnswer& answer) {
    const auto asked = list_of(
        joined_field(exchange_.preflight.front().request.headers, "access-control-request-headers")
            .value_or("authorization"));
    const auto allowed = list_of(joined_field(answer.headers, kHeaders).value_or(""));
    const bool star = has(allowed, "*", false);
    for (const std::string& header : asked) {
      if (has(allowed, header, true)) continue;
      const bool secret = base::iequals(header, "authorization");
      if (star && !question_.credentials && !secret) continue;
      if (star && !question_.credentials) {
        only_by_browsers();
        continue;
      }
      const std::string list =
          allowed.empty() ? std::string("missing") : '"' + shown(base::join(allowed, ", ")) + '"';
      refuse(
          std::string(kHeaders) + " is " + list + " and does not allow " + shown(header) +
              (star ? ": in a call with credentials, * is a literal name" : ""),
          "Request header field " + shown(header) + " is not allowed by " + kHeaders +
              " in preflight response.",
          "header '" + shown(header) + "' is not allowed according to header '" + kHeaders +
              "' from CORS preflight response",
          std::string("List the headers by name: ") + kHeaders + ": Authorization, Content-Type.",
          false);
      return;
    }
  }

  void only_by_browsers() {
    check_.judge(EndpointOutcome::kWarning, kRule,
                 std::string(kHeaders) +
                     " is \"*\". By the Fetch standard, * does not cover Authorization; "
                     "Chrome, Firefox and Safari let it pass today (Chrome and Firefox warn of "
                     "it), others do not");
    check_.browser_says =
        "Chrome and Firefox: a deprecation warning that Authorization will not be covered by "
        "the wildcard symbol (*) in " +
        std::string(kHeaders) + ".";
    check_.remedy = std::string("List it by name before browsers follow the standard: ") +
                    kHeaders + ": Authorization, Content-Type.";
  }

  // The answers to the calls themselves: one that a page cannot read is a network error to it.
  void answers() {
    for (const auto* hops : {&exchange_.with_token, &exchange_.plain}) {
      if (hops->empty()) continue;
      const Hop& last = hops->back();
      const bool asked = !field_values(last.request.headers, "origin").empty();
      if (!asked || last.answer.status == 0 || is_redirect(last)) continue;
      const auto fault = origin_fault(last.answer);
      if (!fault) continue;
      if (last.answer.status < 400) {
        refuse("the preflight is fine, and the answer itself is not: " + fault->found,
               fault->chrome, fault->firefox, fault->remedy, false);
        return;
      }
      hidden(last.answer.status, *fault);
      return;
    }
  }

  void hidden(int status, const OriginFault& fault) {
    check_.judge(
        EndpointOutcome::kWarning, kRule,
        "valid calls work, but the answer " + std::to_string(status) + " has no usable " + kOrigin +
            " (" + fault.found +
            "): a browser cannot read it, and the page sees a network error in place of the " +
            std::to_string(status) + ", which hides that the token is missing, expired or refused");
    check_.browser_says = "Chrome: Access to fetch at '" + url() + "' from origin '" +
                          shown(origin()) + "' has been blocked by CORS policy: " + fault.chrome;
    check_.remedy =
        stack_ == EndpointStack::kNginx
            ? "nginx: add_header ... always; without `always` it skips 4xx and 5xx answers."
            : "Set CORS headers on error answers too: CORS outside of authentication and error "
              "handling; "
              "nginx: add_header ... always.";
  }

  const EndpointQuestion& question_;
  const Exchange& exchange_;
  EndpointStack stack_;
  EndpointCheck check_;
};

}  // namespace

EndpointCheck judge_cors(const EndpointQuestion& question, const Exchange& exchange) {
  return Cors(question, exchange).run();
}

}  // namespace idpwatch::checks
