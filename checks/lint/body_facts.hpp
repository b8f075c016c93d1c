// What can be said of a body that is not what it must be, without showing it: a broken key set may
// hold secrets that nobody could redact. Pure.
#pragma once

#include "model/finding.hpp"
#include "model/observation.hpp"

#include <string>

namespace idpwatch::checks {

// ", it looks like an HTML page" and the like; empty when nothing can be told.
std::string looks_like(const model::Fetch& fetch);
// Rows: status, content type, size, redirects.
void add_body_facts(model::Finding& finding, const model::Fetch& fetch);

}  // namespace idpwatch::checks
