#include "model/redact.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"
#include "model/jwk.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace idpwatch::model {

namespace {

using nlohmann::json;

constexpr std::string_view kPrefix = "redacted-";
constexpr std::size_t kDigits = 12;

constexpr std::array<std::string_view, 7> kSecret = {"k", "d", "p", "q", "dp", "dq", "qi"};

// Other primes (RFC 7518 section 6.3.2.7): every member of its entries is secret.
constexpr std::string_view kOtherPrimes = "oth";

bool is_plain_secret_name(std::string_view name) {
  return std::ranges::find(kSecret, name) != kSecret.end();
}

std::string redacted(const json& secret) {
  const std::string hex = base::sha256_hex(secret.is_string() ? secret.get_ref<const std::string&>()
                                                              : base::canonical_json(secret));
  return std::string(kPrefix) + hex.substr(0, kDigits);
}

bool stands_redacted(const json& value) {
  return value.is_string() && is_redacted(value.get_ref<const std::string&>());
}

// A container still to be looked through, and the path that leads to it.
template <class Value>
struct Place {
  Value* value;
  std::string path;
  bool all_secret;  // below "oth"
};

// Calls secret(value, path) for every secret, without recursion: outside bytes decide the depth.
template <class Value, class Secret>
void for_each_secret(Value& root, const std::string& prefix, const Secret& secret) {
  std::vector<Place<Value>> open;
  open.push_back({&root, prefix, false});
  while (!open.empty()) {
    const Place<Value> place = std::move(open.back());
    open.pop_back();
    if (place.value->is_array()) {
      for (std::size_t i = 0; i < place.value->size(); ++i) {
        open.push_back(
            {&(*place.value)[i], place.path + std::to_string(i) + '.', place.all_secret});
      }
      continue;
    }
    if (!place.value->is_object()) {
      if (place.all_secret) secret(*place.value, place.path.substr(0, place.path.size() - 1));
      continue;
    }
    for (auto& [name, value] : place.value->items()) {
      if (place.all_secret || is_plain_secret_name(name)) {
        secret(value, place.path + name);
      } else if (value.is_structured() || name == kOtherPrimes) {
        open.push_back({&value, place.path + name + '.', name == kOtherPrimes});
      }
    }
  }
}

}  // namespace

bool is_secret_member(std::string_view name) {
  return is_plain_secret_name(name) || name == kOtherPrimes;
}

bool is_redacted(std::string_view text) {
  return text.size() == kPrefix.size() + kDigits && text.starts_with(kPrefix) &&
         text.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string_view::npos;
}

bool holds_plain_secret(const json& element) {
  bool found = false;
  for_each_secret(element, {}, [&found](const json& value, const std::string& /*path*/) {
    found = found || !stands_redacted(value);
  });
  return found;
}

void redact_element(json& element, const std::string& prefix, std::vector<std::string>& found) {
  for_each_secret(element, prefix, [&found](json& value, std::string path) {
    if (!stands_redacted(value)) value = redacted(value);
    found.push_back(std::move(path));
  });
}

std::vector<std::string> redact_secrets(json& document) {
  std::vector<std::string> found;
  if (!document.is_object()) {
    // A bare array of keys is no key set, but what is in it is as secret.
    redact_element(document, {}, found);
  } else {
    if (document.contains("kty")) redact_element(document, {}, found);
    const auto keys = document.find("keys");
    if (keys != document.end()) redact_element(*keys, {}, found);
  }
  std::ranges::sort(found);
  const auto repeated = std::ranges::unique(found);
  found.erase(repeated.begin(), repeated.end());
  return found;
}

}  // namespace idpwatch::model
