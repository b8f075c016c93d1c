#include "checks/token/token_form.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::checks {
namespace {

using base::Json;

constexpr std::string_view kRemoved = "SIGNATURE_REMOVED_BY_GOOGLE";

struct Prefix {
  std::string_view begin;
  std::string_view what;
};

// How issuers mark tokens that are no JWT.
constexpr std::array<Prefix, 18> kPrefixes{{
    {"ya29.", "a Google access token, which only Google's own APIs can read"},
    {"1//", "a Google refresh token"},
    {"gho_", "a GitHub access token"},
    {"ghp_", "a GitHub personal access token"},
    {"ghs_", "a GitHub installation token"},
    {"github_pat_", "a GitHub personal access token"},
    {"glpat-", "a GitLab personal access token"},
    {"xoxb-", "a Slack token"},
    {"xoxp-", "a Slack token"},
    {"EwA", "a compact token of a personal Microsoft account, which only Microsoft can read"},
    {"EwB", "a compact token of a personal Microsoft account, which only Microsoft can read"},
    {"0.A", "a refresh token or an authorization code of Microsoft Entra ID"},
    {"1.A", "a refresh token or an authorization code of Microsoft Entra ID"},
    {"v2.local.", "a PASETO token"},
    {"v4.public.", "a PASETO token"},
    {"PHNhbWw", "a SAML assertion in base64"},
    {"PD94", "an XML document in base64, such as a SAML response"},
    {"YII", "a Kerberos ticket (Negotiate)"},
}};

std::string opaque_about(std::string_view text) {
  for (const Prefix& prefix : kPrefixes) {
    if (text.starts_with(prefix.begin)) return std::string(prefix.what);
  }
  return "a reference that only its issuer can read (by introspection, RFC 7662)";
}

bool strict_base64url(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::shared_ptr<const Json> object_in(std::string_view part) {
  const auto octets = base::base64_decode_lenient(part);
  if (!octets) return nullptr;
  auto document = base::parse_json(*octets, {.bytes = model::kTokenBytesMax, .depth = 64});
  if (!document || !document->value->is_object()) return nullptr;
  return std::make_shared<const Json>(std::move(*document->value));
}

bool has_mask(std::string_view text) {
  return text.find("...") != std::string_view::npos ||
         text.find("\xE2\x80\xA6") != std::string_view::npos ||
         text.find("**") != std::string_view::npos || text.find('[') != std::string_view::npos ||
         text.find('<') != std::string_view::npos;
}

bool one_case(std::string_view text) {
  constexpr std::size_t kLeast = 40;
  return text.size() > kLeast &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string cut_note(std::string_view text) {
  std::string note = "its end was cut off after " + std::to_string(text.size()) + " characters";
  for (const std::size_t limit : {255UL, 256UL, 1000UL, 1024UL, 2000UL, 2048UL, 4000UL, 4095UL,
                                  4096UL, 8000UL, 8190UL, 8191UL, 8192UL}) {
    if (text.size() == limit) note += ", a usual limit of a field, a cookie or a header";
  }
  return note;
}

// Of what begins like a JWT and is none any more.
std::string damage_of(std::string_view text, const std::vector<std::string_view>& parts) {
  if (has_mask(text)) return "it was shortened or masked by a log or a tool, so most of it is gone";
  if (one_case(text)) return "its letters were all made lower case, which destroys base64url";
  if (object_in(parts[0]) == nullptr) {
    return parts.size() == 1
               ? cut_note(text)
               : "its first part is not a JSON object in base64url, so its header was "
                 "changed or cut";
  }
  if (parts.size() == 1) return cut_note(text);
  if (parts.size() == 2) {
    return object_in(parts[1]) == nullptr
               ? cut_note(text)
               : "its signature is gone: two parts are left of three, and the second is whole";
  }
  if (parts.size() == 4 && parts.back().empty()) {
    return "a dot was added at its end";
  }
  if (parts.size() == 4) {
    return "four parts are left of the five of an encrypted token, or it was cut";
  }
  if (parts.size() > 5) {
    return "it has " + std::to_string(parts.size()) + " parts: two tokens run together";
  }
  if (object_in(parts[1]) == nullptr) {
    return "its second part is not a JSON object in base64url: characters were changed, lost or "
           "added";
  }
  return "its third part is no base64url: " + cut_note(text);
}

void note_oddities(std::string_view text, const std::vector<std::string_view>& parts,
                   TokenForm& form) {
  const bool strict = std::all_of(parts.begin(), parts.end(), strict_base64url);
  if (!strict) {
    form.oddities.emplace_back(
        "Its parts hold characters outside base64url ('+', '/' or '='): something encoded it "
        "again. Most libraries refuse that, or find that the signature is wrong.");
  }
  constexpr std::size_t kLarge = 8000;
  if (text.size() > kLarge) {
    form.oddities.push_back(
        "It is " + std::to_string(text.size()) +
        " characters long: web servers and proxies limit a header line or all "
        "headers to 8 KiB (nginx, Tomcat), 16 KiB (Node.js) or 32 KiB (Kestrel).");
  }
}

void note_duplicates(std::string_view part, const char* what, TokenForm& form) {
  const auto octets = base::base64_decode_lenient(part);
  if (!octets) return;
  const auto document = base::parse_json(*octets, {.bytes = model::kTokenBytesMax, .depth = 64});
  if (!document || document->duplicates.empty()) return;
  form.oddities.push_back(std::string(what) + " holds " +
                          base::printable(document->duplicates.front(), 64) +
                          " more than once: libraries differ in which one they take (RFC 7519 "
                          "section 4).");
}

std::string text_of(const std::shared_ptr<const Json>& object, const char* name) {
  if (object == nullptr) return {};
  const auto found = object->find(name);
  return found != object->end() && found->is_string() ? found->get<std::string>() : std::string();
}

void read_parts(std::string_view text, const std::vector<std::string_view>& parts,
                TokenForm& form) {
  form.header = object_in(parts[0]);
  // Its header names the cipher; what was cut with dots has as many parts.
  if (parts.size() == 5 && form.header != nullptr && form.header->contains("enc") &&
      !has_mask(text)) {
    form.kind = TokenKind::kJwe;
    return;
  }
  if (parts.size() == 3) form.claims = object_in(parts[1]);
  auto token = model::parse_token(text);
  if (parts.size() != 3 || form.header == nullptr || form.claims == nullptr || !token) {
    form.kind = TokenKind::kDamaged;
    form.about = damage_of(text, parts);
    return;
  }
  form.kind = TokenKind::kJws;
  form.removed_by_google = parts[2] == kRemoved;
  form.token = std::move(*token);
  note_oddities(text, parts, form);
  note_duplicates(parts[0], "Its header", form);
  note_duplicates(parts[1], "It", form);
}

}  // namespace

std::string_view to_text(TokenKind kind) {
  switch (kind) {
    case TokenKind::kJws:
      return "jws";
    case TokenKind::kJwe:
      return "jwe";
    case TokenKind::kOpaque:
      return "opaque";
    case TokenKind::kDamaged:
      return "damaged";
  }
  return "opaque";
}

std::string TokenForm::header_text(const char* name) const { return text_of(header, name); }
std::string TokenForm::claim_text(const char* name) const { return text_of(claims, name); }
bool TokenForm::has_claim(const char* name) const {
  return claims != nullptr && claims->contains(name);
}

TokenForm read_token_form(std::string_view text) {
  TokenForm form;
  if (text.size() > model::kTokenBytesMax) {
    form.kind = TokenKind::kDamaged;
    form.about = "it is larger than 256 KiB; no web server takes such a header";
    return form;
  }
  const auto parts = base::split(text, '.');
  const bool begins_as_jwt = text.starts_with("ey");
  constexpr std::size_t kPartsMax = 16;
  if (!begins_as_jwt &&
      (parts.size() < 3 || parts.size() > kPartsMax || object_in(parts[0]) == nullptr)) {
    form.about = opaque_about(text);
    return form;
  }
  read_parts(text, parts, form);
  return form;
}

}  // namespace idpwatch::checks
