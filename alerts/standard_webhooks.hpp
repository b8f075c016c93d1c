// Signatures of Standard Webhooks 1.0.0, version v1 (HMAC-SHA-256). Pure.
//
// Signed is "ID.TIMESTAMP.BODY"; secrets are base64, with or without "whsec_" in front. Several
// secrets give several signatures, so that a secret is changed without a gap. Receivers refuse
// timestamps more than five minutes off: sign when sending, not before.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::alerts {

// The key's bytes. kConfig when it is empty, no base64, or not of 24 to 64 bytes; the message never
// holds the secret.
base::Result<std::string> decode_secret(std::string_view secret);

// "v1,BASE64[ v1,BASE64]...", one for each key (bytes, not base64).
std::string sign(std::span<const std::string> keys, std::string_view id, std::int64_t unix_seconds,
                 std::string_view body);

// webhook-id, webhook-timestamp and, when there is a secret, webhook-signature.
base::Result<std::vector<std::pair<std::string, std::string>>> signature_headers(
    std::span<const std::string> secrets, std::string_view id, base::Instant now,
    std::string_view body);

}  // namespace idpwatch::alerts
