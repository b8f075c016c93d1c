#include "forecast/claims/claims.hpp"

#include "base/text.hpp"
#include "forecast/claims/asked_service.hpp"
#include "forecast/claims/attribution.hpp"
#include "forecast/claims/clock_claims.hpp"
#include "forecast/claims/lifetime_claims.hpp"
#include "forecast/claims/other_names.hpp"
#include "forecast/claims/published_entries.hpp"
#include "forecast/claims/token_names.hpp"
#include "forecast/history/body_reading.hpp"
#include "model/authority_family.hpp"
#include "model/settings_json.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::forecast {

namespace {

using model::Certainty;
using validators::Answer;
using validators::Cause;
using validators::CauseDetail;

constexpr auto kOtherKid = "(of the other authority)";
constexpr std::size_t kCandidatesMax = 8;

bool contains(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

void add_once(std::vector<std::string>& list, const std::string& one) {
  if (!one.empty() && list.size() < kCandidatesMax && !contains(list, one)) list.push_back(one);
}

class Question {
 public:
  Question(const DeploymentView& view, const validators::World& healthy,
           const KeySetVersion* published, base::Instant now)
      : view_(view),
        settings_(view.settings),
        healthy_(healthy),
        published_(published),
        now_(now),
        service_(view.validator, healthy, now),
        names_(view, healthy, published, now),
        document_issuer_(names_.document_issuer()),
        real_issuer_(names_.token_issuer()) {
    if (published_ == nullptr) return;
    for (const model::Jwk& key : published_->keys) {
      signers_.push_back(signer_of(key, view.tokens.algorithm));
    }
  }

  StaticAnswer run() {
    collect();
    out_.tried = claims(real_issuer_, audiences_.front());
    if (signers_.empty()) {
      // No claims can be judged: what is wrong must not be put down to them.
      out_.tried = claims(document_issuer_, configured_audience());
      return std::move(out_);
    }
    if (search()) {
      check_issuer();
      check_audience();
      check_pinned();
      if (auto problem =
              clock_problem(view_, service_, {*out_.accepted, signer_}, published_, now_)) {
        out_.problems.push_back(std::move(*problem));
      }
      if (auto problem = lifetime_problem(view_, service_, {*out_.accepted, signer_}, now_)) {
        out_.problems.push_back(std::move(*problem));
      }
    } else {
      refuse_all();
    }
    return std::move(out_);
  }

 private:
  void collect() {
    add_once(issuers_, real_issuer_);
    add_once(issuers_, document_issuer_);
    for (const std::string& one : settings_.issuers.value()) add_once(issuers_, one);
    add_once(issuers_, names_.other_version(real_issuer_));
    if (view_.tokens.audience) audiences_.push_back(*view_.tokens.audience);
    for (const std::string& one : settings_.audiences.value()) add_once(audiences_, one);
    add_once(audiences_, settings_.client_id.value());
    if (settings_.client_id.has_value()) {
      add_once(audiences_, std::string(kApi) + settings_.client_id.value());
    }
    if (audiences_.empty()) audiences_.emplace_back("any");
  }

  [[nodiscard]] const std::string& configured_audience() const {
    if (!settings_.audiences.value().empty()) return settings_.audiences.value().front();
    return settings_.client_id.has_value() ? settings_.client_id.value() : audiences_.front();
  }

  [[nodiscard]] Claims claims(const std::string& issuer, const std::string& audience) const {
    Claims made;
    made.issuer = issuer;
    made.family = names_.family();
    made.kid = view_.tokens.kid.value_or(true);
    made.not_before = view_.tokens.not_before.value_or(true);
    made.scope = view_.tokens.scope.value_or(true);
    if (!audience.empty()) made.audiences = {audience};
    made.typ = view_.validator->tokens().type;
    if (view_.tokens.shown) made.version = view_.tokens.shown->version.value_or("");
    return made;
  }

  Answer ask(const Claims& claims, const Signer& signer, bool explain = false) {
    return service_.ask(claims, signer, {now_ - base::minutes(1), now_ + base::hours(1)}, explain);
  }

  // The first token that is taken, and every key that fits it.
  bool search() {
    for (const std::string& issuer : issuers_) {
      for (const std::string& audience : audiences_) {
        const Claims tried = claims(issuer, audience);
        std::vector<std::string> taken;
        std::vector<Signer> refused;
        for (const Signer& signer : signers_) {
          if (ask(tried, signer).accepted()) {
            out_.accepted = tried;
            signer_ = signer;
            taken.push_back(signer.thumbprint);
          } else {
            refused.push_back(signer);
          }
        }
        if (out_.accepted) {
          tell_apart(refused, taken, out_);
          return true;
        }
        if (!service_.has_configuration() && view_.validator->fetches()) return false;
      }
    }
    return false;
  }

  void refuse(const std::string& rule, Certainty certainty, const Answer& answer,
              std::string brought, std::string accepts, const model::Origin& origin) {
    Problem problem;
    problem.rule = rule;
    problem.certainty = certainty;
    problem.window.earliest = now_;
    if (certainty == Certainty::kCertain) problem.window.latest = now_;
    if (certainty != Certainty::kPossible) problem.likely_by = now_;
    problem.status = answer.status;
    problem.error = answer.logged();
    problem.detail = answer.detail;
    problem.message = answer.message;
    problem.because = answer.because;
    problem.brought = std::move(brought);
    problem.accepts = std::move(accepts);
    problem.origin = origin;
    out_.problems.push_back(std::move(problem));
  }

  // The line that differs: of an authority that is put together, the host may stand elsewhere.
  [[nodiscard]] model::Origin issuer_origin() const {
    if (settings_.issuers.has_value()) return settings_.issuers.origin();
    const bool host = !names_.is_entra() && settings_.instance.origin().known() &&
                      differs_by_host(real_issuer_, document_issuer_);
    return host ? settings_.instance.origin() : settings_.authority.origin();
  }
  [[nodiscard]] model::Origin audience_origin() const {
    return settings_.audiences.absent() && settings_.client_id.has_value()
               ? settings_.client_id.origin()
               : settings_.audiences.origin();
  }
  [[nodiscard]] std::string accepted_issuers() const {
    // Who reads no document goes by the settings alone.
    std::vector<std::string> all;
    if (view_.validator->cache().reads_documents()) all.push_back(document_issuer_);
    for (const std::string& one : settings_.issuers.value()) add_once(all, one);
    return base::join(all, ", ");
  }
  [[nodiscard]] std::string accepted_audiences() const {
    return settings_.audiences.value().empty() ? settings_.client_id.value()
                                               : base::join(settings_.audiences.value(), ", ");
  }

  // A key of another authority, which issues the callers' tokens.
  [[nodiscard]] Signer stranger() const {
    Signer signer = signer_;
    signer.thumbprint = signer.kid.emplace(kOtherKid);
    return signer;
  }

  void check_issuer() {
    Claims real = *out_.accepted;
    real.issuer = real_issuer_;
    const bool elsewhere = names_.has_other_keys(real_issuer_);
    if (elsewhere && !view_.tokens.other_keys.empty() && ask(real, signer_).accepted()) {
      return check_other_keys(real, Certainty::kCertain);
    }
    // Old libraries miss the key before they look at the issuer; some look at no issuer at all.
    const Signer signer = elsewhere ? stranger() : signer_;
    if (const Answer answer = ask(real, signer, true); !answer.accepted()) {
      out_.issuer_fits = false;
      refuse("refusal-issuer", issuer_certainty(real), answer, real.issuer, accepted_issuers(),
             issuer_origin());
      // The other version of an Entra tenant has an address of its own, too.
      out_.problems.back().another_authority =
          elsewhere || (names_.is_entra() && !names_.other_version(real_issuer_).empty());
      out_.problems.back().another_host = !elsewhere && names_.names_another_host(real.issuer);
      return;
    }
    check_other_keys(real, Certainty::kPossible);
    const std::string other = names_.other_version(real_issuer_);
    if (view_.tokens.issuer || other.empty()) return;
    real.issuer = other;
    if (const Answer answer = ask(real, signer_, true);
        !answer.accepted() && answer.cause == validators::Cause::kIssuer) {
      refuse("refusal-issuer", Certainty::kPossible, answer, other, accepted_issuers(),
             issuer_origin());
    }
  }

  // Where many tenants meet, a listed issuer of the other version tells which tokens come.
  bool takes_other_version(Claims claims) {
    if (view_.tokens.issuer || !names_.is_entra()) return false;
    const auto& listed = settings_.issuers.value();
    return std::any_of(listed.begin(), listed.end(), [&](const std::string& one) {
      claims.issuer = one;
      return model::entra_issuer(one, names_.family()) && ask(claims, signer_).accepted();
    });
  }

  // Of tokens that are refused with that issuer.
  Certainty issuer_certainty(const Claims& refused) {
    if (takes_other_version(refused)) return Certainty::kPossible;
    // The issuer alone would pass: that its keys are others is what its name suggests.
    if (ask(refused, signer_).accepted()) {
      return names_another_realm(refused.issuer, document_issuer_) ? Certainty::kLikely
                                                                   : Certainty::kPossible;
    }
    // That access tokens bear another issuer than the document's is the document's word.
    const bool by_document = !view_.tokens.issuer && published_ != nullptr &&
                             published_->access_issuer == refused.issuer;
    return by_document ? Certainty::kLikely : Certainty::kCertain;
  }

  // Another watched authority has that issuer, too: tokens of it are signed with keys that the
  // service, which asks one of them, never sees.
  void check_other_keys(const Claims& real, Certainty certainty) {
    for (const model::Jwk& key : view_.tokens.other_keys) {
      const Signer signer = signer_of(key, view_.tokens.algorithm);
      const bool known = std::any_of(signers_.begin(), signers_.end(), [&](const Signer& one) {
        return one.thumbprint == signer.thumbprint;
      });
      if (known) continue;
      const Answer answer = ask(real, signer, true);
      if (answer.accepted()) continue;
      refuse("refusal-keys", certainty, answer, signer.kid.value_or(""), "",
             settings_.authority.origin());
      out_.problems.back().key = signer.thumbprint;
      out_.problems.back().kid = signer.kid.value_or("");
      out_.problems.back().key_of = view_.tokens.other_keys_of;
      return;
    }
  }

  // Some take api:// in tokens of version 1 alone: their issuer would tell.
  Certainty audience_certainty(Claims refused) {
    refused.issuer = names_.other_version(refused.issuer);
    if (view_.tokens.issuer || refused.issuer.empty()) return Certainty::kCertain;
    return ask(refused, signer_).accepted() ? Certainty::kPossible : Certainty::kCertain;
  }

  // A real token may have several.
  [[nodiscard]] std::vector<std::string> brought_audiences() const {
    const auto& shown = view_.tokens.shown;
    if (shown && shown->audiences.size() > 1) return shown->audiences;
    return {*view_.tokens.audience};
  }

  void check_audience() {
    Claims real = *out_.accepted;
    if (view_.tokens.audience) {
      real.audiences.clear();
      if (!view_.tokens.audience->empty()) real.audiences = brought_audiences();
      if (const Answer answer = ask(real, signer_, true); !answer.accepted()) {
        refuse("refusal-audience", audience_certainty(real), answer, *view_.tokens.audience,
               accepted_audiences(), audience_origin());
      }
      return;
    }
    if (!names_.is_entra()) return;
    if (view_.validator->tokens().audience_by_version) return check_client_id();
    for (const std::string& audience : audiences_) {
      const std::string other = other_audience(audience);
      if (other.empty()) continue;
      real.audiences = {other};
      const Answer answer = ask(real, signer_, true);
      if (answer.accepted() || answer.cause != validators::Cause::kAudience) continue;
      // Of those that take api:// from tokens of version 1, which alone bear it.
      Claims old = real;
      old.issuer = names_.other_version(real_issuer_);
      if (!old.issuer.empty() && ask(old, signer_).accepted()) continue;
      refuse("refusal-audience", Certainty::kPossible, answer, other, accepted_audiences(),
             audience_origin());
      return;
    }
  }

  // Tokens of version 2 bear the bare id, those of version 1 that or api:// and the id: a client id
  // that begins with api:// fits none of them.
  void check_client_id() {
    const std::string& written = settings_.client_id.value();
    if (!settings_.audiences.absent() || !written.starts_with(kApi)) return;
    const std::string id = written.substr(kApi.size());
    Claims real = *out_.accepted;
    real.audiences = {id};
    const Answer answer = ask(real, signer_, true);
    if (answer.accepted() || answer.cause != Cause::kAudience) return;
    const std::string first = names_.other_version(real_issuer_);
    if (!first.empty()) real.issuer = first;
    for (const std::string& audience : {id, written}) {
      real.audiences = {audience};
      if (ask(real, signer_).accepted()) return;
    }
    refuse("refusal-audience", Certainty::kLikely, answer, id, written, audience_origin());
  }

  // Some published keys fit, others do not: any of them may sign.
  void check_pinned() {
    if (view_.validator->fetches()) return;
    for (const Signer& signer : signers_) {
      if (!contains(out_.unusable, signer.thumbprint)) continue;
      const Answer answer = ask(*out_.accepted, signer, true);
      refuse("refusal-pinned-key", Certainty::kPossible, answer, signer.kid.value_or(""), "",
             settings_.pinned_keys.origin());
      out_.problems.back().key = signer.thumbprint;
      out_.problems.back().kid = signer.kid.value_or("");
      return;
    }
  }

  [[nodiscard]] std::string signer_algorithms() const {
    std::vector<std::string> all;
    for (const Signer& signer : signers_) add_once(all, signer.alg);
    return base::join(all, ", ");
  }

  // The address in the file is https, and leads to a document that names another that is not.
  void blame_jwks_uri(Problem& problem) const {
    const std::string& url = view_.validator->addresses().metadata;
    if (!base::to_lower(url).starts_with("https://")) return;
    problem.url = read_body(healthy_.fetch(url, now_).body).document.jwks_uri;
    problem.answer = "the key set's address is not https";
    problem.origin = {};
  }

  // No token at all is taken: what the likeliest one meets.
  void refuse_all() {
    const Answer answer = ask(out_.tried, signers_.front(), true);
    const bool fetches = view_.validator->fetches();
    if (answer.detail == CauseDetail::kNotHttps) {
      refuse("refusal-https", Certainty::kCertain, answer, "", "",
             settings_.metadata_url.has_value() ? settings_.metadata_url.origin()
                                                : settings_.authority.origin());
      blame_jwks_uri(out_.problems.back());
      return;
    }
    // Options that cannot be made: nothing was fetched and yet nothing is answered.
    if (fetches && answer.cause == Cause::kStart) {
      return refuse("refusal-start", Certainty::kCertain, answer, "", "",
                    model::origin_of(settings_, answer.setting));
    }
    if (fetches && !service_.has_configuration()) return;  // a matter of fetching
    if (answer.cause == Cause::kIssuer) {
      refuse("refusal-issuer", Certainty::kCertain, answer, real_issuer_, accepted_issuers(),
             issuer_origin());
    } else if (answer.cause == Cause::kAudience) {
      refuse("refusal-audience", Certainty::kCertain, answer, audiences_.front(),
             accepted_audiences(), audience_origin());
    } else if (view_.tokens.scope == false && answer.cause == Cause::kOther) {
      return refuse("refusal-audience", Certainty::kCertain, answer, "", "", audience_origin());
    } else {
      return refuse_keys(answer);
    }
    // Whose claims are right meets the next thing that is wrong.
    for (const std::string& issuer : issuers_) {
      for (const std::string& audience : audiences_) {
        const Answer next = ask(claims(issuer, audience), signers_.front(), true);
        const bool by_claim = next.cause == Cause::kIssuer || next.cause == Cause::kAudience ||
                              next.cause == Cause::kLifetime;
        if (!by_claim) return refuse_keys(next);
      }
    }
  }

  // None of the published keys fits, whatever is written in the token.
  void refuse_keys(const Answer& answer) {
    if (!view_.validator->fetches()) {
      return refuse("refusal-pinned-key", Certainty::kCertain, answer,
                    signers_.front().kid.value_or(""), "", settings_.pinned_keys.origin());
    }
    const auto& allowed = settings_.algorithms.value();
    const bool none_allowed =
        !allowed.empty() && std::none_of(signers_.begin(), signers_.end(), [&](const Signer& one) {
          return contains(allowed, one.alg);
        });
    if (none_allowed || view_.tokens.algorithm) {
      return refuse("refusal-algorithm", Certainty::kCertain, answer, signer_algorithms(),
                    base::join(allowed, ", "), settings_.algorithms.origin());
    }
    const bool lost = answer.detail == CauseDetail::kUnfitPackages;
    refuse("refusal-keys", Certainty::kCertain, answer, lost ? "" : signer_algorithms(), "",
           lost ? settings_.protocols_origin : settings_.authority.origin());
  }

  const DeploymentView& view_;
  const model::ValidatorSettings& settings_;
  const validators::World& healthy_;
  const KeySetVersion* published_;
  base::Instant now_;
  AskedService service_;
  TokenNames names_;
  std::string document_issuer_, real_issuer_;
  std::vector<std::string> issuers_, audiences_;
  std::vector<Signer> signers_;
  Signer signer_;
  StaticAnswer out_;
};

}  // namespace

StaticAnswer judge_claims(const DeploymentView& view, const validators::World& healthy,
                          const KeySetVersion* published, base::Instant now) {
  return Question(view, healthy, published, now).run();
}

}  // namespace idpwatch::forecast
