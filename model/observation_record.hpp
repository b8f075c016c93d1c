// The observation record (docs/json.md): one JSON object a line, for import and export.
//
// Reading finds the bytes of the bodies and hashes them; it builds no JSON value of them, so that
// unchanged bodies cost next to nothing. Bodies come out as they stand in the line (secrets are
// redacted where bodies are parsed). Knows nothing about files and what records mean.
#pragma once

#include "base/result.hpp"
#include "model/observation.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace idpwatch::model {

struct RecordLimits {
  std::size_t line_bytes = std::size_t{8} * 1024 * 1024;
};

// Reads the lines of one stream, in order. It remembers the last bodies of each authority, so that
// a body that stands there again is neither hashed nor copied again. One thread at a time.
class RecordReader {
 public:
  explicit RecordReader(RecordLimits limits = {});
  RecordReader(RecordReader&&) noexcept;
  RecordReader& operator=(RecordReader&&) noexcept;
  ~RecordReader();

  // The next line, without its line feed. Errors (kInput) name the member, what is wrong and how to
  // mend it; which line of which file it is the caller knows. Members that are not known are passed
  // over.
  base::Result<Observation> read(std::string_view line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One line, without its line feed. A body that is a JSON object or array stands as such (line
// breaks between its tokens left out), all others as a string. What the record has no member for
// (phases, addresses, TLS facts) is left out.
std::string write_record(const Observation& observation);

}  // namespace idpwatch::model
