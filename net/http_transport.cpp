#include "net/http_transport.hpp"

#include <algorithm>

namespace idpwatch::net {

const std::string* HttpResponse::header(std::string_view lower_case_name) const {
  const auto found = std::ranges::find(headers, lower_case_name, &Header::first);
  return found == headers.end() ? nullptr : &found->second;
}

std::shared_ptr<const Endpoint> make_endpoint(std::string text, base::Url url) {
  return std::make_shared<const Endpoint>(Endpoint{.text = std::move(text), .url = std::move(url)});
}

}  // namespace idpwatch::net
