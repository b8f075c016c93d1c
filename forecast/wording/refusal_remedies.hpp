// What to do about a problem: the line to change, the restart that helps, or that waiting does.
#pragma once

#include "forecast/problem.hpp"
#include "forecast/view.hpp"

#include <string>

namespace idpwatch::forecast {

std::string remedy_for(const Problem& problem, const DeploymentView& view, base::Instant now);

// That an unknown kid makes it fetch is switched off, and is what makes it last: longer than
// between two forced refreshes.
bool is_for_want_of_refresh(const Problem& problem, const DeploymentView& view);

// None is listed, but "Audience", which the framework's binder of schemes does not read.
bool is_audience_unread(const Problem& problem, const DeploymentView& view);

// Callers' tokens have neither scp nor roles, as tokens.claims says, and that is why.
bool lacks_scope(const Problem& problem, const DeploymentView& view);

// The key's certificate has expired, or is not yet valid.
bool is_certificate_out_of_date(const Problem& problem);

// "2026-11-24T12:00:00Z (in 2 h)", "... (5 min ago)".
std::string instant_for_people(base::Instant at, base::Instant now);
// "/srv/orders/appsettings.json:12 (Authentication:Schemes:Bearer:Authority)"; empty when unknown.
std::string place_of(const model::Origin& origin);

}  // namespace idpwatch::forecast
