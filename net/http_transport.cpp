#include "net/http_transport.hpp"

#include <algorithm>

namespace idpwatch::net {

const std::string* HttpResponse::header(std::string_view lower_case_name) const {
  const auto found = std::ranges::find(headers, lower_case_name, &Header::first);
  return found == headers.end() ? nullptr : &found->second;
}

}  // namespace idpwatch::net
