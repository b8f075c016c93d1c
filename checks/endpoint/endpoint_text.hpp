// What was judged of a protected API, as text for a terminal. Pure.
#pragma once

#include "checks/endpoint/endpoint_report.hpp"

#include <string>

namespace idpwatch::checks {

std::string endpoint_text(const EndpointReport& report);

}  // namespace idpwatch::checks
