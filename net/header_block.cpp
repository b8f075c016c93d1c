#include "net/header_block.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>

namespace idpwatch::net {

namespace {

constexpr int kFirstFinalStatus = 200;

// "HTTP/1.1 200 OK" -> 200; 0 when it is not that.
int status_of(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  const std::string_view rest = line.substr(space + 1);
  int status = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), status);
  const bool three_digits = error == std::errc{} && end == rest.data() + 3;
  return three_digits && status >= 100 ? status : 0;
}

bool is_white(char c) { return c == ' ' || c == '\t'; }

}  // namespace

void HeaderBlock::reset() {
  state_ = State::kBeforeStatus;
  status_ = 0;
  coded_ = false;
  headers_.clear();
}

void HeaderBlock::begin(std::string_view status_line) {
  reset();
  state_ = State::kFields;
  constexpr std::size_t kUsualNumber = 16;
  headers_.reserve(kUsualNumber);
  const int status = status_of(status_line);
  status_ = status >= kFirstFinalStatus ? status : 0;
}

HeaderBlock::Line HeaderBlock::take(std::string_view line) {
  bytes_seen_ += line.size();
  if (bytes_seen_ > limit_) return Line::kTooLarge;
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (state_ != State::kFields) {
    // After the end of a final response only trailers can follow.
    if (status_ == 0 && line.starts_with("HTTP/")) begin(line);
    return Line::kTaken;
  }
  if (line.empty()) {
    state_ = State::kAfterEnd;
    return Line::kTaken;
  }
  return take_field(line);
}

HeaderBlock::Line HeaderBlock::take_field(std::string_view line) {
  if (is_white(line.front())) {  // obs-fold, RFC 9112 section 5.2
    if (!headers_.empty()) headers_.back().second.append(" ").append(base::trim(line));
    return Line::kTaken;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return Line::kTaken;
  const auto& [name, value] = headers_.emplace_back(base::to_lower(line.substr(0, colon)),
                                                    base::trim(line.substr(colon + 1)));
  if (name == "date") return status_ != 0 ? Line::kDate : Line::kTaken;
  // libcurl decodes whatever the server names, windows of 128 MiB (zstd) and stacks of codings
  // included. Only one gzip was asked for.
  if (name == "content-encoding" && !any_coding_ && !value.empty() &&
      !base::iequals(value, "identity")) {
    const bool gzip = base::iequals(value, "gzip") || base::iequals(value, "x-gzip");
    if (!gzip || coded_) return Line::kCoding;
    coded_ = true;
  }
  if (name == "transfer-encoding" && !base::iequals(value, "chunked") &&
      !base::iequals(value, "identity")) {
    return Line::kCoding;
  }
  return Line::kTaken;
}

const std::string* HeaderBlock::find(std::string_view lower_case_name) const {
  const auto found =
      std::ranges::find(headers_, lower_case_name, &std::pair<std::string, std::string>::first);
  return found == headers_.end() ? nullptr : &found->second;
}

std::size_t HeaderBlock::count(std::string_view lower_case_name) const {
  return static_cast<std::size_t>(
      std::ranges::count(headers_, lower_case_name, &std::pair<std::string, std::string>::first));
}

}  // namespace idpwatch::net
