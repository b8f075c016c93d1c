#include "checks/endpoint/auth_challenge.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace idpwatch::checks {
namespace {

constexpr std::size_t kChallengesMax = 32;
constexpr std::size_t kParametersMax = 64;

// RFC 9110 section 5.6.2.
bool is_tchar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::vector<AuthChallenge> run() {
    for (;;) {
      skip(" \t,");
      if (at_end() || found_.size() >= kChallengesMax) return std::move(found_);
      const std::string word = token();
      if (word.empty()) {
        ++at_;  // nothing that belongs here
        continue;
      }
      const std::size_t behind = at_;
      skip(" \t");
      const bool parameter = !found_.empty() && !at_end() && text_[at_] == '=' && !ends_token68();
      if (parameter) {
        ++at_;
        add_parameter(word);
      } else {
        at_ = behind;
        begin_challenge(word);
      }
    }
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  void skip(std::string_view set) {
    while (!at_end() && set.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  std::string token() {
    const std::size_t from = at_;
    while (!at_end() && is_tchar(text_[at_])) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }
  // "=" or "==" at the end of what is no parameter.
  [[nodiscard]] bool ends_token68() const {
    std::size_t i = at_;
    while (i < text_.size() && text_[i] == '=') ++i;
    while (i < text_.size() && text_[i] == ' ') ++i;
    return i >= text_.size() || text_[i] == ',';
  }

  void begin_challenge(const std::string& scheme) {
    AuthChallenge made;
    made.scheme = scheme;
    found_.push_back(std::move(made));
    if (at_end() || text_[at_] != ' ') return;
    skip(" ");
    const std::size_t from = at_;
    std::size_t to = from;
    while (to < text_.size() && (is_tchar(text_[to]) || text_[to] == '/')) ++to;
    std::size_t padded = to;
    while (padded < text_.size() && text_[padded] == '=') ++padded;
    std::size_t blank = padded;
    while (blank < text_.size() && text_[blank] == ' ') ++blank;
    const bool whole = to > from && (blank >= text_.size() || text_[blank] == ',');
    if (!whole) return;
    found_.back().token68 = text_.substr(from, padded - from);
    at_ = padded;
  }

  void add_parameter(const std::string& name) {
    skip(" \t");
    std::string value = !at_end() && text_[at_] == '"' ? quoted_string() : loose_token();
    auto& parameters = found_.back().parameters;
    if (parameters.size() < kParametersMax) {
      parameters.emplace_back(base::to_lower(name), std::move(value));
    }
  }

  std::string quoted_string() {
    std::string value;
    for (++at_; !at_end() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value.push_back(text_[at_]);
    }
    if (!at_end()) ++at_;
    return value;
  }

  // Some servers write URLs without quotes.
  std::string loose_token() {
    const std::size_t from = at_;
    while (!at_end() && text_[at_] != ',' && text_[at_] != ' ') ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<AuthChallenge> found_;
};

}  // namespace

bool AuthChallenge::is(std::string_view name) const { return base::iequals(scheme, name); }

std::optional<std::string> AuthChallenge::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<AuthChallenge> parse_challenges(std::string_view field) { return Reader(field).run(); }

std::vector<AuthChallenge> challenges_of(const model::HeaderFields& headers) {
  std::vector<AuthChallenge> all;
  for (const std::string& field : model::field_values(headers, "www-authenticate")) {
    for (AuthChallenge& one : parse_challenges(field)) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace idpwatch::checks
