// A deployed service and the provider that it asks: what its simulated library answers to a token,
// and what `check` says of it.
#pragma once

#include "forecast/view.hpp"
#include "model/finding.hpp"
#include "model/refusal_state.hpp"
#include "providers.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace idpwatch::setups {

using Packages = std::map<std::string, std::string>;

struct Deployment {
  nlohmann::json settings;
  Packages packages;
};

// The file as it is read, with its validator.
struct ReadDeployment {
  model::ValidatorSettings settings;
  std::shared_ptr<const validators::Validator> validator;  // null: there is none
};
ReadDeployment read(const Deployment& deployment);

struct Checked {
  model::RefusalState state = model::RefusalState::kOk;
  std::vector<model::Finding> findings;
  [[nodiscard]] std::string text() const;
};

// What is known of its callers' tokens, if anything.
Checked check(const ReadDeployment& deployment, const Provider& provider,
              const forecast::TokenFacts& tokens);

// What the library itself answers to that token.
validators::Answer ask(const ReadDeployment& deployment, const Provider& provider,
                       const Issued& token);

}  // namespace idpwatch::setups
