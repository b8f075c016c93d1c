#include "net/http_client.hpp"

namespace idpwatch::net {

std::string user_agent() {
  return "idpwatch/" IDPWATCH_VERSION " (+https://github.com/idpwatch/idpwatch)";
}

}  // namespace idpwatch::net
