// unique_ptr for the objects of C libraries, freed by the library's own function. Knows no library:
// `using KeyPtr = base::Owned<EVP_PKEY, EVP_PKEY_free>;`
#pragma once

#include <memory>

namespace idpwatch::base {

template <auto kFree>
struct FreeBy {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

template <class T, auto kFree>
using Owned = std::unique_ptr<T, FreeBy<kFree>>;

}  // namespace idpwatch::base
