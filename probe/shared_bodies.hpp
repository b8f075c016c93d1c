// Equal key sets of several authorities, held once: the tenants of one provider publish the same
// keys, and a set is the largest thing that is kept of an authority. Nothing is kept alive by this.
//
// Each thread has its own.
#pragma once

#include <memory>
#include <string>

namespace idpwatch::probe {

// That very body, or an equal one that somebody holds.
std::shared_ptr<const std::string> shared_body(std::shared_ptr<const std::string> body);

}  // namespace idpwatch::probe
