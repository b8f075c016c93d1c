// The TLS facts of a fetch, made its own so that a test may change them: those of an observation
// are shared and constant.
#pragma once

#include "model/observation.hpp"

#include <memory>
#include <utility>

namespace idpwatch::fakes {

inline model::TlsFacts& own_tls(model::Fetch& fetch) {
  auto own = fetch.tls ? std::make_shared<model::TlsFacts>(*fetch.tls)
                       : std::make_shared<model::TlsFacts>();
  model::TlsFacts& facts = *own;
  fetch.tls = std::move(own);
  return facts;
}

}  // namespace idpwatch::fakes
