// A socket's address as people read it.
#pragma once

#include <cstddef>
#include <string>

namespace idpwatch::net {

// Of a sockaddr of that length: "192.0.2.1:443", "[2001:db8::1]:443"; empty: of another family.
std::string address_text(const void* address, std::size_t length);

}  // namespace idpwatch::net
