// The header of the final response, collected line by line as it comes, bounded in sum. Interim
// responses (1xx) and trailers are counted but not kept.
//
// Pure. Lines are as libcurl hands them over: with or without CR LF, a status line first, an empty
// line at the end of a block (RFC 9112 sections 2.1 and 5).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::net {

class HeaderBlock {
 public:
  enum class Line {
    kTaken,
    kDate,      // a Date of what may be the final response
    kTooLarge,  // the sum is over the limit: give up
    kCoding,    // a content or transfer coding that was not asked for: give up
  };

  // `any_coding`: the body is taken as it comes.
  explicit HeaderBlock(std::uint64_t limit, bool any_coding = false)
      : limit_(limit), any_coding_(any_coding) {}

  Line take(std::string_view line);
  // A transfer that is begun again.
  void reset();

  [[nodiscard]] int status() const { return status_; }  // 0: none, or an interim one
  [[nodiscard]] std::uint64_t bytes_seen() const { return bytes_seen_; }
  [[nodiscard]] const std::string* find(std::string_view lower_case_name) const;
  [[nodiscard]] std::size_t count(std::string_view lower_case_name) const;
  [[nodiscard]] std::vector<std::pair<std::string, std::string>>& headers() { return headers_; }

 private:
  enum class State { kBeforeStatus, kFields, kAfterEnd };

  void begin(std::string_view status_line);
  Line take_field(std::string_view line);

  std::uint64_t limit_;
  bool any_coding_;
  std::uint64_t bytes_seen_ = 0;
  State state_ = State::kBeforeStatus;
  int status_ = 0;
  bool coded_ = false;
  std::vector<std::pair<std::string, std::string>> headers_;
};

}  // namespace idpwatch::net
