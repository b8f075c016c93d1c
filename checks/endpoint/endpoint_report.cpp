#include "checks/endpoint/endpoint_report.hpp"

#include "base/enum_names.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/endpoint/auth_challenge.hpp"
#include "checks/endpoint/key_vault.hpp"

#include <algorithm>

namespace idpwatch::checks {
namespace {

constexpr base::EnumNames<EndpointCheckName> kCheckNames{
    {EndpointCheckName::kChallenge, "challenge"},
    {EndpointCheckName::kCors, "cors"},
    {EndpointCheckName::kRedirects, "redirects"},
    {EndpointCheckName::kArrival, "arrival"},
    {EndpointCheckName::kAnswer, "answer"}};
constexpr base::EnumNames<EndpointOutcome> kOutcomes{{EndpointOutcome::kOk, "ok"},
                                                     {EndpointOutcome::kWarning, "warning"},
                                                     {EndpointOutcome::kRefused, "refused"},
                                                     {EndpointOutcome::kUnknown, "unknown"},
                                                     {EndpointOutcome::kNotChecked, "not-checked"}};

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
    if (question_.forecast_status) {
      compare_with_forecast(answer);
    } else if (answer.status == 401) {
      refused(answer);
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
  // Nobody has said how its validator takes the token.
  void refused(const GivenAnswer& answer) {
    const std::string resource = challenged_resource(exchange_);
    if (resource.empty() || question_.token_audiences.empty()) {
      check_.judge(EndpointOutcome::kRefused, "",
                   "401 to the request with the token" + body_says(answer));
      check_.remedy = "`idpwatch explain` says why this token is refused.";
      return;
    }
    const std::string& audience = question_.token_audiences.front();
    if (fits(resource)) {
      check_.judge(EndpointOutcome::kRefused, "refusal-contradiction",
                   "401, though the token's audience " + in_quotes(audience) + " is right" +
                       tenant_text() + body_says(answer));
      check_.remedy =
          "Compare the token's tenant with the one that the challenge names, and its times with "
          "the clock.";
      return;
    }
    check_.judge(EndpointOutcome::kRefused, "refusal-audience",
                 "401: " + mix_up(resource) + body_says(answer));
    check_.remedy = ask_for(resource);
  }

  [[nodiscard]] bool fits(const std::string& resource) const {
    return std::any_of(question_.token_audiences.begin(), question_.token_audiences.end(),
                       [&](const std::string& audience) {
                         return is_vault_resource(resource) ? fits_vault(audience, resource)
                                                            : audience == resource;
                       });
  }

  [[nodiscard]] std::string mix_up(const std::string& resource) const {
    const std::string& audience = question_.token_audiences.front();
    const auto url = base::parse_url(question_.url);
    return "the token's aud is " + in_quotes(audience) +
           ", and the challenge asks for the resource " + in_quotes(resource) + ": " +
           vault_mix_up(audience, resource, url ? url->host : "");
  }

  static std::string ask_for(const std::string& resource) {
    return "Ask for resource=" + shown(resource) +
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
    const bool expected_refusal = *question_.forecast_status != 200;
    const bool succeeds = answer.status >= 200 && answer.status < 300;
    if (refused && expected_refusal) {
      check_.judge(EndpointOutcome::kRefused, "",
                   "401, as forecast" + error_text() + body_says(answer));
      check_.remedy = "`idpwatch explain` says why this token is refused.";
      return;
    }
    if (refused == expected_refusal || (!refused && !succeeds)) return;
    check_.judge(refused ? EndpointOutcome::kRefused : EndpointOutcome::kWarning,
                 "refusal-contradiction",
                 "the API answers " + std::to_string(answer.status) +
                     ", and the forecast for this token is " +
                     std::to_string(*question_.forecast_status) + error_text());
    const std::string resource = challenged_resource(exchange_);
    if (refused && !resource.empty() && !question_.token_audiences.empty() && !fits(resource)) {
      check_.found += ": " + mix_up(resource);
      check_.remedy = ask_for(resource) + " ";
    }
    check_.found += body_says(answer);
    check_.remedy +=
        "Compare what runs there with the deployed files and the version that idpwatch judges by: "
        "a setting in code that `settings:` does not have, another version, or another service at "
        "this address.";
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

std::string_view to_text(EndpointCheckName name) { return kCheckNames.text(name); }

std::string_view to_text(EndpointOutcome outcome) { return kOutcomes.text(outcome); }

const EndpointCheck* EndpointReport::first_failing() const {
  const auto found = std::find_if(checks.begin(), checks.end(), [](const EndpointCheck& check) {
    return check.outcome == EndpointOutcome::kWarning || check.outcome == EndpointOutcome::kRefused;
  });
  return found == checks.end() ? nullptr : &*found;
}

EndpointCheck judge_answer(const EndpointQuestion& question, const Exchange& exchange) {
  return Answer(question, exchange).run();
}

namespace {

// Only the call with the token is sent elsewhere: the token is lost there, as clients drop it.
void lost_on_redirect(const Hop& last, const Exchange& exchange, EndpointCheck& check) {
  const auto from = base::parse_url(last.request.url);
  const auto to = base::parse_url(redirect_target(last));
  const bool always = exchange.plain.empty() || is_redirect(exchange.plain.back());
  if (always || !from || !to || from->origin() == to->origin()) return;
  check.judge(EndpointOutcome::kRefused, "endpoint-token-lost",
              std::to_string(last.answer.status) + " sends the call with the token on to " +
                  in_quotes(to->origin()) +
                  ", another origin: clients drop Authorization on the way, and the call without a "
                  "token is not redirected");
  check.remedy = "Let the service answer calls with a token itself, or call " +
                 in_quotes(to->origin()) + " directly with a token for it.";
}

// Its words, without those that differ from request to request: numbers, times, ids.
std::vector<std::string> lasting_words(const std::string& body) {
  std::vector<std::string> words;
  for (const std::string_view word : base::split(body, ' ')) {
    const bool counts = word.find_first_of("0123456789") == std::string_view::npos;
    if (counts) words.emplace_back(word);
  }
  return words;
}

// The very 401 that a call without any token gets.
bool same_as_without(const GivenAnswer& answer, const Exchange& exchange) {
  if (answer.status != 401 || exchange.plain.empty() || names_error(answer)) return false;
  const GivenAnswer& plain = exchange.plain.back().answer;
  return plain.status == 401 && !names_error(plain) &&
         joined_field(plain.headers, "www-authenticate") ==
             joined_field(answer.headers, "www-authenticate") &&
         lasting_words(plain.body) == lasting_words(answer.body);
}

}  // namespace

// A token that did not arrive is told from one that was refused.
EndpointCheck judge_arrival(const EndpointQuestion& question, const Exchange& exchange) {
  EndpointCheck check;
  check.name = EndpointCheckName::kArrival;
  const Hop* last = last_with_token(exchange);
  if (last == nullptr || last->answer.status == 0) return check;
  check.expected = "the token reaches the validator";
  if (is_redirect(*last)) {
    lost_on_redirect(*last, exchange, check);
    return check;
  }
  check.outcome = EndpointOutcome::kOk;
  const int status = last->answer.status;
  // An `error` says that a validator did look at it (RFC 6750 section 3.1: invalid_request is 400).
  const bool too_early = (status == 431 || status == 413 || status == 400) &&
                         !names_error(last->answer) &&
                         (exchange.plain.empty() || exchange.plain.back().answer.status != status);
  if (too_early) {
    check.judge(EndpointOutcome::kRefused, "endpoint-token-lost",
                "the server answers " + std::to_string(status) +
                    " before any validator sees the token: the header is too large for it, or "
                    "malformed");
    check.remedy =
        "Raise the limit for request headers on each hop, or let the issuer put less into the "
        "token (groups, roles).";
    return check;
  }
  if (!same_as_without(last->answer, exchange)) return check;
  if (question.forecast_status == 200) {
    check.judge(EndpointOutcome::kRefused, "endpoint-token-lost",
                "the 401 with the token is the one without it, and names no error (RFC 6750 "
                "section 3.1), though the token is one that this validator accepts: it seems not "
                "to have arrived");
    check.remedy =
        "Look at the proxies in between: do they pass Authorization on? (Apache: CGIPassAuth; a "
        "gateway that replaces it; a mesh that strips it.)";
  } else if (!question.forecast_status) {
    check.outcome = EndpointOutcome::kUnknown;
    check.found =
        "the 401 with the token is the one without it, and names no error (RFC 6750 section 3.1): "
        "either the token did not arrive, or its validator does not say why it refuses it";
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
  // What answered without having seen the token says nothing of how the token is taken.
  if (report.checks[3].outcome == EndpointOutcome::kRefused) {
    report.checks[4] = {};
    report.checks[4].name = EndpointCheckName::kAnswer;
  }
  return report;
}

}  // namespace idpwatch::checks
