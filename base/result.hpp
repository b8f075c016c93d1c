// Result<T>: a value, or the Error that stands in its place. Built on tl::expected, since the
// compiler of Debian 12 has std::expected only in C++23.
//
//   Result<Url> u = parse_url(text);
//   if (!u) return fail(u.error());
#pragma once

#include "base/error.hpp"

#include <tl/expected.hpp>

#include <utility>

namespace idpwatch::base {

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

// Nothing to give back but success.
struct Ok {};
using Status = Result<Ok>;

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message, std::string hint = {}) {
  return fail(make_error(kind, std::move(message), std::move(hint)));
}

}  // namespace idpwatch::base
