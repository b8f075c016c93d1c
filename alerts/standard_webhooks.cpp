#include "alerts/standard_webhooks.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace idpwatch::alerts {

namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kKeyBytesMin = 24, kKeyBytesMax = 64;  // Standard Webhooks 1.0.0
constexpr const char* kHint =
    "make one with: printf 'whsec_%s\\n' \"$(openssl rand -base64 32)\"; the receiver needs the "
    "same";

}  // namespace

base::Result<std::string> decode_secret(std::string_view secret) {
  secret = base::trim(secret);
  if (secret.starts_with("whsk_") || secret.starts_with("whpk_")) {
    return base::fail(
        base::ErrorKind::kConfig,
        "the webhook secret is an Ed25519 key; signatures of version v1 need a shared secret",
        kHint);
  }
  if (secret.starts_with(kPrefix)) secret.remove_prefix(kPrefix.size());
  if (secret.empty()) {
    return base::fail(base::ErrorKind::kConfig, "the webhook secret is empty", kHint);
  }
  const auto decoded = base::base64_decode_lenient(secret);
  if (!decoded) {
    return base::fail(base::ErrorKind::kConfig, "the webhook secret is not base64", kHint);
  }
  base::Result<std::string> key(*decoded);
  if (key->size() < kKeyBytesMin || key->size() > kKeyBytesMax) {
    return base::fail(base::ErrorKind::kConfig,
                      "the webhook secret has " + std::to_string(key->size()) +
                          " bytes; Standard Webhooks asks for 24 to 64",
                      kHint);
  }
  return key;
}

std::string sign(std::span<const std::string> keys, std::string_view id, std::int64_t unix_seconds,
                 std::string_view body) {
  std::string content(id);
  content += '.';
  content += std::to_string(unix_seconds);
  content += '.';
  content += body;
  std::string out;
  for (const std::string& key : keys) {
    if (!out.empty()) out += ' ';
    out += "v1,";
    out += base::base64_encode(base::hmac_sha256(key, content));
  }
  return out;
}

base::Result<std::vector<std::pair<std::string, std::string>>> signature_headers(
    std::span<const std::string> secrets, std::string_view id, base::Instant now,
    std::string_view body) {
  std::vector<std::string> keys;
  for (const std::string& secret : secrets) {
    auto key = decode_secret(secret);
    if (!key) return base::fail(std::move(key.error()));
    keys.push_back(*std::move(key));
  }
  const std::int64_t unix_seconds = base::to_unix_seconds(now);
  std::vector<std::pair<std::string, std::string>> headers{
      {"webhook-id", std::string(id)}, {"webhook-timestamp", std::to_string(unix_seconds)}};
  if (!keys.empty()) headers.emplace_back("webhook-signature", sign(keys, id, unix_seconds, body));
  return headers;
}

}  // namespace idpwatch::alerts
