#include "checks/canary/canary_facts.hpp"

#include "base/text.hpp"
#include "checks/check_texts.hpp"
#include "checks/token/token_form.hpp"

namespace idpwatch::checks {
namespace {

constexpr std::size_t kTextMax = 512;
constexpr std::size_t kAudiencesMax = 16;
// An older iat is that of a token that somebody kept for us.
constexpr base::Duration kFresh = base::minutes(5);
// Beyond the year 2300 it is no time in seconds.
constexpr std::int64_t kSecondsMax = 10'000'000'000;

std::optional<base::Instant> instant(const std::optional<std::int64_t>& seconds) {
  if (!seconds || *seconds <= 0 || *seconds > kSecondsMax) return std::nullopt;
  return base::from_unix_seconds(*seconds);
}

// Compared with what is configured, and shown: bounded, otherwise as it came.
std::optional<std::string> bounded(const std::optional<std::string>& text) {
  if (!text || text->size() > kTextMax) return std::nullopt;
  return text;
}

}  // namespace

std::optional<base::Duration> CanaryFacts::lifetime() const {
  const auto& from = issued_at ? issued_at : not_before;
  if (!from || !expires || *expires <= *from) return std::nullopt;
  return *expires - *from;
}

std::string CanaryFacts::source() const {
  return "a real token fetched at " + shown_time(fetched_at);
}

CanaryFacts canary_facts(std::string_view text, base::Instant fetched_at) {
  CanaryFacts facts;
  facts.fetched_at = fetched_at;
  const TokenForm form = read_token_form(text);
  facts.readable = form.readable() && form.token.has_value();
  if (!facts.readable) {
    facts.about = form.kind == TokenKind::kJwe
                      ? "it is encrypted: only the API that it is for can read it"
                      : "it is no JWT: only its issuer can read it";
    return facts;
  }
  const model::Token& token = *form.token;
  facts.kid = bounded(token.kid);
  facts.algorithm = bounded(token.alg);
  facts.type = bounded(token.typ);
  facts.issuer = bounded(token.issuer);
  facts.version = bounded(token.version);
  for (const std::string& one : token.audiences) {
    if (one.size() <= kTextMax && facts.audiences.size() < kAudiencesMax) {
      facts.audiences.push_back(one);
    }
  }
  facts.scope = form.has_claim("scp") || form.has_claim("scope") || form.has_claim("roles");
  facts.issued_at = instant(token.issued_at);
  facts.not_before = instant(token.not_before);
  facts.expires = instant(token.expires);
  return facts;
}

std::optional<base::Duration> clock_at_least(const CanaryFacts& facts) {
  if (!facts.issued_at || facts.fetched_at - *facts.issued_at > kFresh) return std::nullopt;
  // iat is a whole second that may be rounded up.
  return *facts.issued_at - facts.fetched_at - base::seconds(1);
}

std::optional<CanaryFailure> over_on_arrival(const CanaryFacts& facts) {
  if (!facts.expires || *facts.expires > facts.fetched_at) return std::nullopt;
  CanaryFailure failure;
  failure.trouble = CanaryTrouble::kOver;
  failure.detail = "it expired at " + shown_time(*facts.expires) + ", " +
                   base::describe_duration(facts.fetched_at - *facts.expires) + " before it came";
  return failure;
}

}  // namespace idpwatch::checks
