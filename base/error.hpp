// What the outside world can do to us, as a value.
//
// An Error says what happened (message), where (context, outermost first) and what a person can do
// about it (hint). Programming mistakes are not Errors: they are IDPWATCH_ASSERT (assert.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::base {

enum class ErrorKind {
  kUsage,        // the command line is wrong
  kConfig,       // our own configuration is wrong
  kInput,        // outside bytes are not what they should be
  kNotFound,     // a file or a name does not exist
  kUnreadable,   // it exists, but cannot be read (permission, I/O)
  kUnreachable,  // no answer from the network or from the daemon
  kBusy,         // somebody else holds it (lock)
  kStorage,      // the database refused
  kInternal,     // a library failed in a way we know no name for
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;
  std::string hint;                  // what to do next; may be empty
  std::vector<std::string> context;  // outermost first: file, line, operation

  // Adds where it happened, in front.
  [[nodiscard]] Error in(std::string_view where) &&;

  // "context: context: message (hint)": one line.
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] Error make_error(ErrorKind kind, std::string message, std::string hint = {});

}  // namespace idpwatch::base
