// Tells the demonstration's story: lines for people, each act with the time that it takes to read;
// or nothing but a record of it, for --format json.
#pragma once

#include "base/time.hpp"
#include "cli/streams.hpp"
#include "cli/terminal.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::cli {

class Narrator {
 public:
  // `silent`: nothing is printed, only kept.
  Narrator(Streams& streams, bool silent) : streams_(streams), silent_(silent) {}

  void say(base::Duration since_start, std::string_view text, Colour colour = Colour::kNone);
  void detail(std::string_view label, std::string_view text);

  // An act is over: an empty line, and how long to wait so that it can be read. None where nobody
  // reads along.
  base::Duration end_act();

  [[nodiscard]] const std::vector<std::string>& told() const { return told_; }

 private:
  Streams& streams_;
  bool silent_;
  std::size_t characters_ = 0;  // of this act
  std::vector<std::string> told_;
};

}  // namespace idpwatch::cli
