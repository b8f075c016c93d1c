// What token endpoints answer, and the finding that comes of it; with two public reports (Microsoft
// Entra ID, an expired secret, and an assertion of a host whose clock is behind).
#include "checks/canary/canary_answer.hpp"

#include "base/text.hpp"
#include "checks/canary/canary_finding.hpp"

#include <catch2/catch.hpp>

#include <regex>

namespace idpwatch::checks {
namespace {

using Trouble = CanaryTrouble;

const base::Instant kNow = base::from_unix_seconds(1796032200);  // 2026-11-30T09:50:00Z

struct Read {
  std::optional<CanaryFailure> failure;
  std::string token;
};

Read read(int status, std::string_view body, bool metadata = false, bool bare = false,
          std::string_view retry_after = {}, std::string_view date = {},
          const std::vector<std::string>& secrets = {}) {
  Read out;
  CanaryReply reply;
  reply.status = status;
  reply.body = body;
  reply.retry_after = retry_after;
  reply.date = date;
  out.failure = read_canary_reply(reply, bare, metadata, secrets, kNow, out.token);
  return out;
}

model::Finding finding_of(const CanaryFailure& failure) {
  CanaryView view;
  view.subject.authority = "entra";
  view.instance = "vm-17";
  view.asked = "https://login.microsoftonline.com/TID/oauth2/v2.0/token";
  view.client = "client 7c6b5a49-3827-4160-9f8e-7d6c5b4a3921";
  view.proof = "/run/credentials/canary";
  view.origin = "idpwatch.yaml:2";
  return judge_canary(view, &failure, kNow).finding;
}

bool says(const std::string& text, const std::string& pattern) {
  return std::regex_search(text, std::regex(pattern, std::regex::icase));
}

std::string all_of(const model::Finding& finding) {
  std::string text = finding.summary + '\n' + finding.remedy;
  for (const model::Evidence& one : finding.evidence) {
    text += '\n' + one.fact + ": " + one.value + " (" + one.source + ")";
  }
  return text;
}

}  // namespace

TEST_CASE("an expired client secret is our client's fault and nobody else's", "[canary]") {
  const Read answer = read(
      401,
      R"({"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret )"
      R"(keys for app '7c6b5a49-3827-4160-9f8e-7d6c5b4a3921' are expired.","error_codes":[7000222]})");
  REQUIRE(answer.failure);
  CHECK(answer.failure->trouble == Trouble::kSecretExpired);
  CHECK(answer.failure->code == "AADSTS7000222");
  const model::Finding finding = finding_of(*answer.failure);
  CHECK(finding.rule == "canary-failed");
  CHECK(finding.severity == model::Severity::kWarning);
  CHECK_FALSE(finding.status);
  const std::string text = all_of(finding);
  for (const char* wanted : {"AADSTS7000222", "7c6b5a49-3827-4160-9f8e-7d6c5b4a3921", "expired",
                             "new (client )?secret|certificate", "idpwatch|canary|our"}) {
    INFO(wanted);
    CHECK(says(text, wanted));
  }
  for (const char* never :
       {"orders-api.{0,40}(refus|401)", "refusal-", "authority.{0,30}(down|unreachable|failing)"}) {
    INFO(never);
    CHECK_FALSE(says(text, never));
  }
}

TEST_CASE("an assertion that was over on arrival is put down to this host's clock", "[canary]") {
  const Read answer = read(
      401,
      R"({"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not )"
      R"(within its valid time range. Current time: 2026-11-30T10:11:30.0000000Z, assertion valid )"
      R"(from 2026-11-30T09:50:00.0000000Z, expiry time of assertion 2026-11-30T10:00:00.0000000Z."})",
      false, false, {}, "Mon, 30 Nov 2026 10:11:30 GMT");
  REQUIRE(answer.failure);
  CHECK(answer.failure->trouble == Trouble::kAssertionTime);
  CHECK(answer.failure->clock_ahead == base::seconds(1290));
  const std::string text = all_of(finding_of(*answer.failure));
  for (const char* wanted : {"AADSTS700024", "21 min", "behind", "clock|time sync|chrony|NTP"}) {
    INFO(wanted);
    CHECK(says(text, wanted));
  }
  for (const char* never : {"certificate.{0,20}expired", "new (client )?secret"}) {
    INFO(never);
    CHECK_FALSE(says(text, never));
  }
}

TEST_CASE("each way of refusing a client has its cause", "[canary]") {
  struct Row {
    int status;
    const char* body;
    bool metadata;
    Trouble trouble;
  };
  const std::vector<Row> rows{
      {401,
       R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret"})",
       false, Trouble::kSecretWrong},
      {400,
       R"({"error":"unauthorized_client","error_description":"AADSTS700016: Application not found"})",
       false, Trouble::kClientUnknown},
      {401, R"({"error":"invalid_client","error_description":"AADSTS700027: certificate"})", false,
       Trouble::kAssertionKey},
      {401,
       R"({"error":"invalid_client","error_description":"AADSTS700213: No matching federated"})",
       false, Trouble::kFederation},
      {400, R"({"error":"invalid_resource","error_description":"AADSTS500011: principal"})", false,
       Trouble::kScope},
      {400, R"({"error":"invalid_request","error_description":"AADSTS90002: Tenant not found"})",
       false, Trouble::kTenant},
      {400,
       R"({"error":"invalid_grant","error_description":"AADSTS501051: not assigned to a role"})",
       false, Trouble::kNotAllowed},
      {401, R"({"error":"invalid_client","error_description":"client authentication failed"})",
       false, Trouble::kClientRefused},
      {401, R"({"error":"access_denied","error_description":"Unauthorized"})", false,
       Trouble::kClientRefused},
      {403, R"({"error":"access_denied","error_description":"Client is not authorized to access"})",
       false, Trouble::kNotAllowed},
      {401, R"({"error":"unauthorized_client","error_description":"Invalid client secret"})", false,
       Trouble::kClientRefused},
      {400, R"({"error":"invalid_scope"})", false, Trouble::kScope},
      {400, R"({"error":"invalid_target"})", false, Trouble::kScope},
      {429, "slow down", false, Trouble::kThrottled},
      {503, "", false, Trouble::kUnavailable},
      {404, "<html>", false, Trouble::kOtherPlatform},
      {302, "", false, Trouble::kBadRequest},
      {400, R"({"error":"invalid_request","error_description":"Identity not found"})", true,
       Trouble::kNoIdentity},
      {404, "not found", true, Trouble::kNoIdentity},
      {410, "", true, Trouble::kUnavailable},
      {403, "forbidden", true, Trouble::kOtherPlatform},
      {200, "{}", false, Trouble::kNoToken},
      {200, "not json", false, Trouble::kNoToken},
  };
  for (const Row& row : rows) {
    CAPTURE(row.status, row.body);
    const Read answer = read(row.status, row.body, row.metadata);
    REQUIRE(answer.failure);
    CHECK(answer.failure->trouble == row.trouble);
    CHECK(answer.token.empty());
    const model::Finding finding = finding_of(*answer.failure);
    CHECK(finding.remedy.size() > 20);
    CHECK(finding.summary.find('{') == std::string::npos);
    CHECK(finding.remedy.find('{') == std::string::npos);
  }
}

TEST_CASE("a good answer is the token, bare or as a member", "[canary]") {
  CHECK(read(200, R"({"access_token":"a.b.c","token_type":"Bearer"})").token == "a.b.c");
  CHECK(read(200, "a.b.c\n", true, true).token == "a.b.c");
  CHECK_FALSE(read(200, "a.b.c\n", true, true).failure);
}

TEST_CASE("what the endpoint says is shown without our secrets and without tokens", "[canary]") {
  const std::vector<std::string> secrets{"s3cr3t-value"};
  const Read answer =
      read(401,
           R"({"error":"invalid_client","error_description":"s3cr3t-value is wrong; you sent )"
           R"(eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln, and \u001b[31mmarkup"})",
           false, false, {}, {}, secrets);
  REQUIRE(answer.failure);
  CHECK(answer.failure->detail.find("s3cr3t") == std::string::npos);
  CHECK(answer.failure->detail.find("eyJ") == std::string::npos);
  CHECK(answer.failure->detail.find('\x1b') == std::string::npos);
  CHECK(answer.failure->detail.find("is wrong") != std::string::npos);
}

TEST_CASE("Retry-After is read as seconds or as a date, and bounded", "[canary]") {
  CHECK(read(429, "", false, false, "120").failure->retry_after == base::seconds(120));
  CHECK(read(429, "", false, false, "99999999").failure->retry_after == base::hours(6));
  CHECK(read(429, "", false, false, "Mon, 30 Nov 2026 10:00:00 GMT").failure->retry_after ==
        base::minutes(10));
  CHECK_FALSE(read(429, "", false, false, "soon").failure->retry_after);
}

}  // namespace idpwatch::checks
