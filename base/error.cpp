#include "base/error.hpp"

#include <utility>

namespace idpwatch::base {

Error Error::in(std::string_view where) && {
  context.insert(context.begin(), std::string(where));
  return std::move(*this);
}

std::string Error::text() const {
  std::string out;
  for (const std::string& part : context) out += part + ": ";
  out += message;
  if (!hint.empty()) out += " (" + hint + ")";
  return out;
}

Error make_error(ErrorKind kind, std::string message, std::string hint) {
  return Error{kind, std::move(message), std::move(hint), {}};
}

}  // namespace idpwatch::base
