// One validator of a deployment, ready to be asked.
#pragma once

#include "deployed/core/route_facts.hpp"
#include "forecast/route/service_route.hpp"
#include "model/validator_settings.hpp"
#include "validators/core/simulation.hpp"

#include <memory>
#include <string>
#include <vector>

namespace idpwatch::watch {

struct WatchedValidator {
  std::string name;  // "orders-api#Bearer"
  model::ValidatorSettings settings;
  std::shared_ptr<const validators::Validator> validator;
  std::string metadata_url;             // empty: it asks for no document
  std::string authority;                // name of the authority it trusts; empty: none is watched
  std::vector<std::string> notes = {};  // what was assumed of it, and what weakens a judgement
  // How it goes to its provider; null: nothing is known of that.
  std::shared_ptr<const forecast::ServiceRoute> route = nullptr;
  std::shared_ptr<const deployed::RouteFacts> route_facts = nullptr;
};

}  // namespace idpwatch::watch
