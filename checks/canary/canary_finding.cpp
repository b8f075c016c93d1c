#include "checks/canary/canary_finding.hpp"

#include "base/text.hpp"
#include "checks/check_texts.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace idpwatch::checks {
namespace {

// {client}: whose proof it is; {proof}: where the proof stands; {apart}: how far the clocks differ.
struct Words {
  CanaryTrouble trouble;
  std::string_view what, remedy;
};

constexpr std::array kWords{
    Words{CanaryTrouble::kSecretExpired, "the secret of our {client} has expired",
          "Create a new secret or certificate for {client} and put it into {proof}; then reload "
          "idpwatch."},
    Words{CanaryTrouble::kSecretWrong, "the secret of our {client} is wrong",
          "Put the secret's value, not its id, into {proof}, and reload idpwatch."},
    Words{CanaryTrouble::kClientUnknown,
          "the authority does not know our {client}, or has disabled it",
          "Compare the canary's client_id and tenant with the registration, and check that it is "
          "enabled."},
    Words{CanaryTrouble::kClientRefused, "the authority does not accept our {client}",
          "Check the canary's client_id, and that {proof} holds what is registered for it: it was "
          "changed, or has expired."},
    Words{CanaryTrouble::kNotAllowed, "our {client} may not have such a token",
          "Grant it client credentials and the API that the canary asks for: an app role, a client "
          "grant or a service account, whatever the authority calls it."},
    Words{CanaryTrouble::kAssertionTime,
          "our signed assertion was outside its valid time when it arrived: {apart}",
          "Check time sync on this host (chronyc tracking, timedatectl). The canary then works "
          "again by itself."},
    Words{CanaryTrouble::kAssertionKey,
          "the authority does not accept the key that signs for our {client}",
          "Register the public key or certificate of {proof} for it, with the kid that the canary "
          "names, and check the certificate's dates."},
    Words{CanaryTrouble::kFederation,
          "the authority does not trust a token such as the one in {proof}",
          "Compare the federated credential's issuer, subject and audience with that token's."},
    Words{CanaryTrouble::kScope,
          "the authority does not know the scope, audience or resource that it asks for",
          "Compare the canary's scope, audience and resource with the API's registration. In "
          "Microsoft Entra ID the scope is the API's identifier followed by /.default."},
    Words{CanaryTrouble::kTenant, "the authority does not know the tenant",
          "Check the tenant in token_url or issuer."},
    Words{CanaryTrouble::kThrottled, "we are asking too often (throttled)",
          "Nothing to do now: idpwatch waits as long as it is asked to. If it continues, look "
          "for another user of {client}, or raise its quota."},
    Words{CanaryTrouble::kNoIdentity, "this host has no such identity",
          "Assign the identity to this machine or app, or name the right one (client_id, "
          "object_id, resource_id; service_account)."},
    Words{CanaryTrouble::kOtherPlatform, "what answered is not such a token endpoint",
          "Check that idpwatch runs on that platform, and check the canary's endpoint or "
          "token_url."},
    Words{CanaryTrouble::kBadRequest, "the token endpoint did not accept the request",
          "Read what it said, and compare the canary with what the authority documents."},
    Words{CanaryTrouble::kUnavailable, "the token endpoint reported an error of its own",
          "Nothing to do now: idpwatch asks again. If it continues, ask its operator."},
    Words{CanaryTrouble::kUnreachable, "the token endpoint did not answer",
          "Check DNS, proxy and firewall between this host and the endpoint. For a metadata "
          "endpoint, check that idpwatch runs on that platform."},
    Words{CanaryTrouble::kNoToken, "the answer contains no access token",
          "Check that this is a token endpoint."},
    Words{CanaryTrouble::kNotReadable, "a file that the canary needs cannot be used",
          "Fix the file or the canary's path to it; idpwatch reads it again at each attempt."},
    Words{CanaryTrouble::kOver, "the token has already expired",
          "Check what renews {proof}, and time sync on this host."},
    Words{CanaryTrouble::kNoEndpoint, "it is not known where to ask for a token",
          "Give the canary's token_url, or check why the authority's document cannot be read."},
};

std::string proof_of(const CanaryView& view) {
  return view.proof.empty() ? "its credentials" : view.proof;
}

// By the second: who compares it with the times in the answer must find it again.
std::string exactly(base::Duration apart) {
  const auto seconds = std::chrono::duration_cast<base::seconds>(apart);
  const auto minutes = std::chrono::duration_cast<base::minutes>(apart);
  if (minutes < base::minutes(1) || minutes > base::hours(2)) {
    return base::describe_duration(apart);
  }
  const std::int64_t rest = (seconds - minutes).count();
  return std::to_string(minutes.count()) + " min" +
         (rest == 0 ? "" : ' ' + std::to_string(rest) + " s");
}

std::string apart(const CanaryFailure& failure) {
  if (!failure.clock_ahead) return "this host's clock and the authority's differ";
  const base::Duration ahead = *failure.clock_ahead;
  return "this host's clock is about " + exactly(std::chrono::abs(ahead)) +
         (ahead > base::Duration(0) ? " behind the authority's" : " ahead of the authority's");
}

void fill(std::string& text, std::string_view name, const std::string& value) {
  const std::size_t at = text.find(name);
  if (at != std::string::npos) text.replace(at, name.size(), value);
}

std::string filled(std::string_view pattern, const CanaryView& view, const CanaryFailure& failure) {
  std::string text(pattern);
  fill(text, "{client}", view.client);
  fill(text, "{proof}", proof_of(view));
  fill(text, "{apart}", apart(failure));
  return text;
}

std::string name_of(const CanaryView& view) {
  return view.subject.deployment.empty()
             ? "of authority " + base::printable(view.subject.authority, 120)
             : "of deployment " + base::printable(view.subject.deployment, 120);
}

void add_answer(model::Finding& finding, const CanaryView& view, const CanaryFailure& failure) {
  std::string answer = failure.status > 0 ? "HTTP status " + std::to_string(failure.status) : "";
  for (const std::string* part : {&failure.code, &failure.detail}) {
    if (part->empty()) continue;
    answer += (answer.empty() ? "" : ": ") + *part;
  }
  if (!answer.empty()) finding.evidence.push_back({"answer", answer, view.asked});
  if (failure.retry_after) {
    finding.evidence.push_back(
        {"wait", base::describe_duration(*failure.retry_after), "Retry-After"});
  }
  finding.evidence.push_back({"last token",
                              view.last_good ? shown_time(*view.last_good) : "none since the start",
                              "idpwatch"});
}

}  // namespace

model::CheckResult judge_canary(const CanaryView& view, const CanaryFailure* failure,
                                base::Instant now) {
  if (failure == nullptr) return model::CheckResult::good(kCanaryRule, view.subject);
  const auto* words = std::find_if(kWords.begin(), kWords.end(), [&](const Words& one) {
    return one.trouble == failure->trouble;
  });
  model::Finding finding;
  finding.rule = kCanaryRule;
  finding.severity = model::Severity::kWarning;
  finding.subject = view.subject;
  finding.vantage = view.instance;
  finding.first_seen = finding.last_seen = now;
  finding.summary = "idpwatch gets no canary token " + name_of(view) + ": " +
                    filled(words->what, view, *failure) +
                    (failure->code.empty() ? "" : " (" + failure->code + ")") +
                    ". This says nothing about any service.";
  finding.remedy = filled(words->remedy, view, *failure);
  add_answer(finding, view, *failure);
  if (!view.origin.empty()) finding.evidence.push_back({"canary", proof_of(view), view.origin});
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace idpwatch::checks
