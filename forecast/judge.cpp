#include "forecast/judge.hpp"

#include <array>
#include <string_view>

namespace idpwatch::forecast {

namespace {

constexpr std::array<std::string_view, 16> kRules{
    "refusal-rotation", "refusal-withdrawn-key", "refusal-pinned-key", "refusal-unreachable",
    "refusal-slow",     "refusal-redirect",      "refusal-tls",        "refusal-https",
    "refusal-size",     "refusal-document",      "refusal-keys",       "refusal-algorithm",
    "refusal-issuer",   "refusal-audience",      "refusal-clock",      "refusal-start"};

}  // namespace

struct Judge::Impl {};

Judge::Judge() : impl_(std::make_unique<Impl>()) {}
Judge::~Judge() = default;

Judgement Judge::judge(const DeploymentView& view, base::Instant) {
  Judgement judgement;
  model::Subject subject;
  subject.deployment = view.name;
  if (view.authority != nullptr) subject.authority = view.authority->name;
  for (const std::string_view rule : kRules) {
    judgement.verdicts.push_back(model::Verdict::good(rule, subject));
  }
  return judgement;
}

}  // namespace idpwatch::forecast
