#include "checks/endpoint/endpoint_report.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/endpoint/auth_challenge.hpp"
#include "checks/endpoint/key_vault.hpp"

#include <algorithm>

namespace idpwatch::checks {
namespace {

std::string shown(const std::string& text) { return base::printable(text, 300); }
std::string in_quotes(const std::string& text) { return '"' + shown(text) + '"'; }

const Hop* last_with_token(const Exchange& exchange) {
  return exchange.with_token.empty() ? nullptr : &exchange.with_token.back();
}

// RFC 6750 section 3.1: an `error` says that a token was looked at.
bool names_error(const GivenAnswer& answer) {
  const auto challenges = challenges_of(answer.headers);
  return std::any_of(challenges.begin(), challenges.end(),
                     [](const AuthChallenge& one) { return one.parameter("error").has_value(); });
}

std::string challenged_resource(const Exchange& exchange) {
  for (const auto* hops : {&exchange.plain, &exchange.with_token}) {
    for (const Hop& hop : *hops) {
      for (const AuthChallenge& one : challenges_of(hop.answer.headers)) {
        if (const auto resource = one.parameter("resource")) return *resource;
      }
    }
  }
  return {};
}

std::string body_says(const GivenAnswer& answer) {
  constexpr std::size_t kBody = 300;
  const std::string_view body = base::trim(answer.body);
  if (body.empty() || body.find('<') == 0) return {};
  return ". It says: " + base::printable(body, kBody);
}

class Answer {
 public:
  Answer(const EndpointQuestion& question, const Exchange& exchange)
      : question_(question), exchange_(exchange) {
    check_.name = EndpointCheckName::kAnswer;
  }

  EndpointCheck run() {
    const Hop* last = last_with_token(exchange_);
    if (last == nullptr || is_redirect(*last)) return std::move(check_);
    const GivenAnswer& answer = last->answer;
    check_.outcome = EndpointOutcome::kOk;
    check_.expected =
        question_.forecast_status
            ? "status " + std::to_string(*question_.forecast_status) + ", by the forecast"
            : "the resource";
    if (answer.status == 0) {
      check_.outcome = EndpointOutcome::kUnknown;
      check_.found = "no answer to the request with the token: " + shown(answer.failure);
      return std::move(check_);
    }
    const std::string resource = challenged_resource(exchange_);
    if (answer.status == 401 && !resource.empty() && !question_.token_audiences.empty()) {
      wrong_resource(answer, resource);
    } else {
      compare_with_forecast(answer);
    }
    if (answer.status == 403 && check_.outcome == EndpointOutcome::kOk) {
      check_.notes.emplace_back(
          "403: the token was accepted, and its caller may not do this. That is a matter of "
          "permissions, "
          "not of the token's audience or signature.");
    }
    return std::move(check_);
  }

 private:
  void wrong_resource(const GivenAnswer& answer, const std::string& resource) {
    const std::string& audience = question_.token_audiences.front();
    const auto url = base::parse_url(question_.url);
    const bool vault = is_vault_resource(resource);
    const bool fits = vault ? fits_vault(audience, resource) : audience == resource;
    if (fits) {
      check_.judge(EndpointOutcome::kRefused, "refusal-contradiction",
                   "401, though the token's audience " + in_quotes(audience) + " is right" +
                       tenant_text() + body_says(answer));
      check_.remedy =
          "Compare the token's tenant with the one that the challenge names, and its times with "
          "the clock.";
      return;
    }
    check_.judge(EndpointOutcome::kRefused, "refusal-audience",
                 "401: the token's aud is " + in_quotes(audience) +
                     ", and the challenge asks for the resource " + in_quotes(resource) + ": " +
                     vault_mix_up(audience, resource, url ? url->host : "") + body_says(answer));
    check_.remedy = "Ask for resource=" + shown(resource) +
                    " (managed identity, v1 endpoint), or for the scope " + shown(resource) +
                    "/.default (v2 endpoint).";
  }

  [[nodiscard]] std::string tenant_text() const {
    for (const AuthChallenge& one : challenges_of(exchange_.with_token.back().answer.headers)) {
      const auto authority = one.parameter("authorization");
      if (!authority || question_.token_tenant.empty() ||
          authority->find(question_.token_tenant) != std::string::npos) {
        continue;
      }
      return ", but it is of tenant " + in_quotes(question_.token_tenant) +
             " and the challenge names " + in_quotes(*authority);
    }
    return {};
  }

  void compare_with_forecast(const GivenAnswer& answer) {
    const bool refused = answer.status == 401;
    if (!question_.forecast_status) {
      if (!refused) return;
      check_.judge(EndpointOutcome::kRefused, "",
                   "401 to the request with the token" + body_says(answer));
      check_.remedy = "`idpwatch explain` says why this token is refused.";
      return;
    }
    const bool expected_refusal = *question_.forecast_status == 401;
    const bool succeeds = answer.status >= 200 && answer.status < 300;
    if (refused == expected_refusal || (!refused && !succeeds)) {
      if (refused) {
        check_.judge(EndpointOutcome::kRefused, "",
                     "401, as forecast" + error_text() + body_says(answer));
      }
      return;
    }
    check_.judge(EndpointOutcome::kWarning, "refusal-contradiction",
                 "the API answers " + std::to_string(answer.status) +
                     ", and the forecast for this token is " +
                     std::to_string(*question_.forecast_status) + error_text() + body_says(answer));
    check_.remedy =
        "The deployed files or the version that idpwatch judges by are not what runs there: "
        "compare them.";
  }

  [[nodiscard]] std::string error_text() const {
    return question_.forecast_error.empty() ? std::string()
                                            : " (" + shown(question_.forecast_error) + ")";
  }

  const EndpointQuestion& question_;
  const Exchange& exchange_;
  EndpointCheck check_;
};

}  // namespace

std::string_view to_text(EndpointCheckName name) {
  switch (name) {
    case EndpointCheckName::kChallenge:
      return "challenge";
    case EndpointCheckName::kCors:
      return "cors";
    case EndpointCheckName::kRedirects:
      return "redirects";
    case EndpointCheckName::kArrival:
      return "arrival";
    case EndpointCheckName::kAnswer:
      return "answer";
  }
  return "challenge";
}

std::string_view to_text(EndpointOutcome outcome) {
  switch (outcome) {
    case EndpointOutcome::kOk:
      return "ok";
    case EndpointOutcome::kWarning:
      return "warning";
    case EndpointOutcome::kRefused:
      return "refused";
    case EndpointOutcome::kUnknown:
      return "unknown";
    case EndpointOutcome::kNotChecked:
      return "not-checked";
  }
  return "unknown";
}

const EndpointCheck* EndpointReport::first_failing() const {
  const auto found = std::find_if(checks.begin(), checks.end(), [](const EndpointCheck& check) {
    return check.outcome == EndpointOutcome::kWarning || check.outcome == EndpointOutcome::kRefused;
  });
  return found == checks.end() ? nullptr : &*found;
}

EndpointCheck judge_answer(const EndpointQuestion& question, const Exchange& exchange) {
  return Answer(question, exchange).run();
}

// A token that did not arrive is told from one that was refused.
EndpointCheck judge_arrival(const EndpointQuestion& question, const Exchange& exchange) {
  EndpointCheck check;
  check.name = EndpointCheckName::kArrival;
  const Hop* last = last_with_token(exchange);
  if (last == nullptr || last->answer.status == 0 || is_redirect(*last)) return check;
  check.outcome = EndpointOutcome::kOk;
  check.expected = "the token reaches the validator";
  const int status = last->answer.status;
  if (status == 431 || status == 413 || status == 400) {
    check.judge(
        EndpointOutcome::kRefused, "endpoint-token-lost",
        "the server answers " + std::to_string(status) +
            " before any validator sees the token: the header is too large for it, or malformed");
    check.remedy =
        "Raise the limit for request headers on each hop, or let the issuer put less into the "
        "token (groups, roles).";
    return check;
  }
  const bool expected = question.forecast_status && *question.forecast_status == 200;
  const bool says_nothing =
      status == 401 && !names_error(last->answer) && !exchange.plain.empty() &&
      exchange.plain.back().answer.status == 401 && !names_error(exchange.plain.back().answer) &&
      joined_field(exchange.plain.back().answer.headers, "www-authenticate") ==
          joined_field(last->answer.headers, "www-authenticate");
  if (says_nothing && expected) {
    check.judge(EndpointOutcome::kRefused, "endpoint-token-lost",
                "the 401 with the token is the one without it, and names no error (RFC 6750 "
                "section 3.1), though the token is one that "
                "this validator accepts: it seems not to have arrived");
    check.remedy =
        "Look at the proxies in between: do they pass Authorization on? (Apache: CGIPassAuth; a "
        "gateway that "
        "replaces it; a mesh that strips it.)";
  }
  return check;
}

EndpointStack stack_of(const EndpointQuestion& question, const Exchange& exchange) {
  if (question.stack != EndpointStack::kUnknown) return question.stack;
  for (const auto* hops : {&exchange.plain, &exchange.preflight, &exchange.with_token}) {
    for (const Hop& hop : *hops) {
      const auto powered = joined_field(hop.answer.headers, "x-powered-by").value_or("");
      const auto server = base::to_lower(joined_field(hop.answer.headers, "server").value_or(""));
      if (powered.find("Express") != std::string::npos) return EndpointStack::kExpress;
      if (powered.find("ASP.NET") != std::string::npos || server == "kestrel") {
        return EndpointStack::kAspNetCore;
      }
      if (server.starts_with("nginx")) return EndpointStack::kNginx;
    }
  }
  return EndpointStack::kUnknown;
}

EndpointReport judge_endpoint(const EndpointQuestion& question, const Exchange& exchange) {
  EndpointReport report;
  report.checks = {judge_challenge(question, exchange), judge_cors(question, exchange),
                   judge_redirects(question, exchange), judge_arrival(question, exchange),
                   judge_answer(question, exchange)};
  return report;
}

}  // namespace idpwatch::checks
