// What real tokens add to the judgement of deployed validators: see judging.hpp.
#include "watch/judging.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::watch {
namespace {

// The same key again: it signs since the first such token. Another one: from this token on.
std::optional<forecast::SignerPin> pin_of(const checks::CanaryFacts& facts,
                                          const std::optional<forecast::SignerPin>& before) {
  if (!facts.readable || !facts.kid) return before;
  const base::Instant at = facts.issued_at.value_or(facts.fetched_at);
  if (!before || before->kid != *facts.kid) return forecast::SignerPin{*facts.kid, at, at};
  return forecast::SignerPin{before->kid, std::min(before->since, at), std::max(before->until, at)};
}

}  // namespace

void Judging::take_canary(const model::Subject& subject, std::optional<checks::CanaryFacts> facts) {
  auto found = std::ranges::find(real_tokens_, subject, &RealToken::subject);
  if (!facts) {
    if (found != real_tokens_.end()) real_tokens_.erase(found);
  } else {
    if (found == real_tokens_.end()) {
      real_tokens_.push_back({subject, nullptr, std::nullopt});
      found = std::prev(real_tokens_.end());
    }
    found->signer = pin_of(*facts, found->signer);
    found->shown = std::make_shared<const checks::CanaryFacts>(std::move(*facts));
  }
  for (auto& [name, group] : groups_) {
    const bool about = subject.deployment.empty()
                           ? name == subject.authority
                           : std::ranges::any_of(group.members, [&](const Member& member) {
                               return member.deployment->name == subject.deployment;
                             });
    if (about) mark(name, group);
  }
}

void Judging::signer_seen(const std::string& authority, const std::string& thumbprint,
                          base::Instant at) {
  const auto found = groups_.find(authority);
  if (found != groups_.end()) found->second.authority.signer_seen(authority, thumbprint, at);
}

void Judging::keep_canaries(const std::function<bool(const model::Subject&)>& configured) {
  std::erase_if(real_tokens_, [&](const RealToken& token) { return !configured(token.subject); });
}

const Judging::RealToken* Judging::real_token(const model::Subject& subject) const {
  const auto found = std::ranges::find(real_tokens_, subject, &RealToken::subject);
  return found == real_tokens_.end() ? nullptr : &*found;
}

// Its own canary is nearer than that of its authority.
void Judging::show_canaries(const Member& member, std::vector<forecast::TokenFacts>& callers,
                            std::optional<forecast::SignerPin>& signer) const {
  if (real_tokens_.empty()) return;
  const RealToken* own = real_token({{}, member.deployment->name, {}});
  const RealToken* of_authority = real_token({member.validator->authority, {}, {}});
  if (own != nullptr) show_real_token(callers, own->shown);
  if (own != nullptr && own->signer) {
    signer = own->signer;
  } else if (of_authority != nullptr) {
    signer = of_authority->signer;
  }
}

}  // namespace idpwatch::watch
