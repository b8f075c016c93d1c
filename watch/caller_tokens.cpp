#include "watch/caller_tokens.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>

namespace idpwatch::watch {

namespace {

constexpr std::size_t kOtherKeysMax = 32;

// "none" and an empty text: tokens without `aud`.
std::optional<std::string> audience_of(const config::CallerTokens& tokens) {
  if (tokens.audience && base::iequals(*tokens.audience, "none")) return std::string();
  return tokens.audience;
}

std::optional<bool> told(const model::FlagSetting& has) {
  return has.has_value() ? std::optional(has.value()) : std::nullopt;
}

void add_other_keys(forecast::TokenFacts& facts, const std::string& trusted,
                    const std::vector<WatchedIssuer>& watched) {
  if (!facts.issuer) return;
  for (const WatchedIssuer& one : watched) {
    const bool issues =
        std::find(one.issuers.begin(), one.issuers.end(), *facts.issuer) != one.issuers.end();
    if (one.name == trusted || !issues) continue;
    for (const model::Jwk& key : one.keys) {
      if (!key.decodable() || !key.signing() || facts.other_keys.size() == kOtherKeysMax) continue;
      facts.other_keys.push_back(key);
      facts.other_keys_of = one.name;
    }
  }
}

}  // namespace

std::vector<forecast::TokenFacts> token_facts(const std::vector<config::CallerTokens>& callers,
                                              const std::string& trusted,
                                              const std::vector<WatchedIssuer>& watched,
                                              std::string_view audience_source) {
  std::vector<forecast::TokenFacts> all;
  for (const config::CallerTokens& tokens : callers) {
    forecast::TokenFacts facts;
    facts.lifetime = tokens.lifetime;
    if (tokens.lifetime_told) facts.needed = tokens.lifetime;
    facts.issuer = tokens.issuer;
    facts.audience = audience_of(tokens);
    facts.algorithm = tokens.algorithm;
    facts.kid = told(tokens.kid);
    facts.not_before = told(tokens.not_before);
    facts.scope = told(tokens.scope);
    facts.audience_source = audience_source;
    add_other_keys(facts, trusted, watched);
    all.push_back(std::move(facts));
  }
  if (all.empty()) all.emplace_back();
  return all;
}

void show_real_token(std::vector<forecast::TokenFacts>& callers,
                     const std::shared_ptr<const checks::CanaryFacts>& shown) {
  if (!shown || !shown->readable || callers.empty()) return;
  const auto fits = [&](const forecast::TokenFacts& one) {
    const auto& audiences = shown->audiences;
    return (!one.issuer || one.issuer == shown->issuer) &&
           (!one.audience ||
            std::find(audiences.begin(), audiences.end(), *one.audience) != audiences.end());
  };
  auto found = callers.begin();
  if (callers.size() > 1) found = std::find_if(callers.begin(), callers.end(), fits);
  if (found == callers.end()) found = callers.emplace(callers.end());
  forecast::TokenFacts& facts = *found;
  facts.shown = shown;
  facts.lifetime = shown->lifetime().value_or(facts.lifetime);
  if (shown->issuer) facts.issuer = shown->issuer;
  facts.audience = shown->audiences.empty() ? std::string() : shown->audiences.front();
  facts.kid = shown->kid.has_value();
  facts.not_before = shown->not_before.has_value();
  facts.scope = shown->scope;
}

}  // namespace idpwatch::watch
