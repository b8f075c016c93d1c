#include "base/version.hpp"
#include "net/http_client.hpp"

#include <string>

namespace idpwatch::net {

std::string user_agent() {
  return "idpwatch/" + std::string(base::version()) + " (+https://github.com/idpwatch/idpwatch)";
}

}  // namespace idpwatch::net
