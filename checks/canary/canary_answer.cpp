#include "checks/canary/canary_answer.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace idpwatch::checks {
namespace {

using base::Json;

constexpr std::size_t kDetailMax = 400;
constexpr std::size_t kTokenMax = std::size_t{256} * 1024;
constexpr base::Duration kRetryMost = base::hours(6);
// Shorter ones would blot out every other word of a message.
constexpr std::size_t kSecretLeast = 4;

struct VendorCode {
  std::string_view code;
  CanaryTrouble trouble;
};

constexpr std::array kVendorCodes{
    VendorCode{"AADSTS7000222", CanaryTrouble::kSecretExpired},
    VendorCode{"AADSTS7000215", CanaryTrouble::kSecretWrong},
    VendorCode{"AADSTS700016", CanaryTrouble::kClientUnknown},
    VendorCode{"AADSTS7000229", CanaryTrouble::kClientUnknown},
    VendorCode{"AADSTS7000112", CanaryTrouble::kClientUnknown},
    VendorCode{"AADSTS700024", CanaryTrouble::kAssertionTime},
    VendorCode{"AADSTS700027", CanaryTrouble::kAssertionKey},
    VendorCode{"AADSTS70021", CanaryTrouble::kFederation},
    VendorCode{"AADSTS700211", CanaryTrouble::kFederation},
    VendorCode{"AADSTS700212", CanaryTrouble::kFederation},
    VendorCode{"AADSTS700213", CanaryTrouble::kFederation},
    VendorCode{"AADSTS500011", CanaryTrouble::kScope},
    VendorCode{"AADSTS70011", CanaryTrouble::kScope},
    VendorCode{"AADSTS1002012", CanaryTrouble::kScope},
    VendorCode{"AADSTS501051", CanaryTrouble::kNotAllowed},
    VendorCode{"AADSTS53003", CanaryTrouble::kNotAllowed},
    VendorCode{"AADSTS90002", CanaryTrouble::kTenant},
    VendorCode{"AADSTS90055", CanaryTrouble::kThrottled},
    VendorCode{"AADSTS50196", CanaryTrouble::kThrottled},
};

std::string member(const Json& body, const char* name) {
  const auto found = body.is_object() ? body.find(name) : body.end();
  return body.is_object() && found != body.end() && found->is_string() ? found->get<std::string>()
                                                                       : std::string();
}

// "AADSTS7000222" out of "AADSTS7000222: The provided ...".
std::string vendor_code(std::string_view description) {
  constexpr std::string_view kPrefix = "AADSTS";
  const std::size_t at = description.find(kPrefix);
  if (at == std::string_view::npos) return {};
  std::size_t end = at + kPrefix.size();
  while (end < description.size() && description[end] >= '0' && description[end] <= '9') ++end;
  return std::string(description.substr(at, std::min<std::size_t>(end - at, 20)));
}

bool says(const std::string& description, std::string_view word) {
  return base::to_lower(description).find(word) != std::string::npos;
}

// Vendors that have no codes say it in words.
CanaryTrouble of_client_error(const std::string& description) {
  if (says(description, "expired") && says(description, "secret")) {
    return CanaryTrouble::kSecretExpired;
  }
  if (says(description, "clock") || says(description, "\"exp\"") || says(description, "\"iat\"")) {
    return CanaryTrouble::kAssertionTime;
  }
  return CanaryTrouble::kClientRefused;
}

CanaryTrouble of_oauth(const std::string& error, const std::string& description, bool metadata,
                       int status) {
  if (metadata && (says(description, "identity not found") || status == 404)) {
    return CanaryTrouble::kNoIdentity;
  }
  if (error == "invalid_client") return of_client_error(description);
  if (error == "invalid_scope" || error == "invalid_target" || error == "invalid_resource") {
    return CanaryTrouble::kScope;
  }
  // Keycloak says so of a wrong secret, too.
  if (error == "unauthorized_client") {
    return says(description, "secret") || says(description, "credentials")
               ? CanaryTrouble::kClientRefused
               : CanaryTrouble::kNotAllowed;
  }
  // Auth0: "Unauthorized" for a wrong secret, and a missing grant with status 403.
  if (error == "access_denied") {
    return status == 401 ? CanaryTrouble::kClientRefused : CanaryTrouble::kNotAllowed;
  }
  if (error == "invalid_grant") return CanaryTrouble::kAssertionKey;
  if (error == "temporarily_unavailable" || error == "server_error") {
    return CanaryTrouble::kUnavailable;
  }
  if (error.empty() && metadata) return CanaryTrouble::kOtherPlatform;
  if (error.empty() && status == 401) return CanaryTrouble::kClientRefused;
  if (error.empty() && status == 404) return CanaryTrouble::kOtherPlatform;
  return CanaryTrouble::kBadRequest;
}

std::optional<base::Duration> wait_of(std::string_view text, base::Instant now) {
  if (text.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc{} && end == text.data() + text.size()) {
    const std::int64_t most = std::chrono::duration_cast<base::seconds>(kRetryMost).count();
    return base::seconds(std::clamp<std::int64_t>(seconds, 0, most));
  }
  const auto until = base::parse_http_date(text, now);
  if (!until || *until <= now) return std::nullopt;
  return std::min(*until - now, kRetryMost);
}

CanaryTrouble classify(const CanaryReply& reply, const std::string& code, const std::string& error,
                       const std::string& description, bool metadata) {
  const auto* known = std::find_if(kVendorCodes.begin(), kVendorCodes.end(),
                                   [&](const VendorCode& one) { return one.code == code; });
  if (known != kVendorCodes.end()) return known->trouble;
  if (reply.status == 429 || error == "too_many_requests" || error == "slow_down") {
    return CanaryTrouble::kThrottled;
  }
  // 410: the instance metadata service is being updated.
  if (reply.status >= 500 || (metadata && reply.status == 410)) return CanaryTrouble::kUnavailable;
  return of_oauth(error, description, metadata, reply.status);
}

bool looks_like_token_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

}  // namespace

std::string without_secrets(std::string text, const std::vector<std::string>& secrets) {
  constexpr std::string_view kCut = "(removed)";
  for (const std::string& secret : secrets) {
    if (secret.size() < kSecretLeast) continue;
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kCut.size())) {
      text.replace(at, secret.size(), kCut);
    }
  }
  // A JWT begins with {" in base64url.
  for (std::size_t at = text.find("eyJ"); at != std::string::npos;
       at = text.find("eyJ", at + kCut.size())) {
    std::size_t end = at;
    while (end < text.size() && looks_like_token_byte(text[end])) ++end;
    text.replace(at, end - at, kCut);
  }
  return text;
}

std::optional<CanaryFailure> read_canary_reply(const CanaryReply& reply, bool bare_token,
                                               bool metadata,
                                               const std::vector<std::string>& secrets,
                                               base::Instant now, std::string& token) {
  CanaryFailure failure;
  failure.status = reply.status;
  const auto detail = [&](std::string text) {
    return base::printable(without_secrets(std::move(text), secrets), kDetailMax);
  };
  if (reply.failure) {
    failure.trouble = CanaryTrouble::kUnreachable;
    failure.code = model::to_text(reply.failure->kind);
    failure.detail = detail(reply.failure->message);
    return failure;
  }
  failure.retry_after = wait_of(reply.retry_after, now);
  if (const auto date = base::parse_http_date(reply.date, now)) failure.clock_ahead = *date - now;
  const auto parsed = bare_token
                          ? base::Result<base::JsonDocument>(base::fail({}))
                          : base::parse_json(reply.body, {.bytes = kTokenMax * 2, .depth = 16});
  const Json none;
  const Json& body = parsed ? *parsed->value : none;
  if (reply.status == 200) {
    token = bare_token ? std::string(base::trim(reply.body)) : member(body, "access_token");
    if (!token.empty() && token.size() <= kTokenMax) return std::nullopt;
    token.clear();
    failure.trouble = CanaryTrouble::kNoToken;
    return failure;
  }
  const std::string error = member(body, "error");
  std::string description = member(body, "error_description");
  if (description.empty()) description = member(body, "message");
  failure.code = vendor_code(description);
  failure.trouble = classify(reply, failure.code, error, description, metadata);
  if (failure.code.empty()) failure.code = detail(error);
  failure.detail = detail(description);
  return failure;
}

}  // namespace idpwatch::checks
