// A request to the admin listener and its answer, without the library that carries them. Pure.
#pragma once

#include <map>
#include <string>

namespace idpwatch::daemon {

struct AdminRequest {
  std::string method;
  std::string path;  // percent-decoded
  std::map<std::string, std::string, std::less<>> query;
  std::string authorization;  // the header's value
  std::string host;           // likewise
  std::string content_type;   // likewise
};

struct AdminResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::string allow;       // Allow, with 405
  bool challenge = false;  // WWW-Authenticate, with 401
};

}  // namespace idpwatch::daemon
