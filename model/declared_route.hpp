// What our own configuration says of the way by which a service goes to its provider (`route:`). It
// wins over what is read. A plain value.
#pragma once

#include <optional>
#include <string>

namespace idpwatch::model {

struct DeclaredRoute {
  std::optional<std::string> proxy;     // "": none
  std::optional<std::string> no_proxy;  // in the dialect of its stack
  std::optional<std::string> ca_file;   // the store of the service: whom it trusts
  std::optional<bool> same_place;       // it stands in idpwatch's network and file system

  bool operator==(const DeclaredRoute&) const = default;
};

}  // namespace idpwatch::model
