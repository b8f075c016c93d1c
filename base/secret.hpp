// A text that must not outlive its use: a token, a key, an assertion. Its memory is overwritten
// when it goes. Moved, never copied; printed by nobody.
#pragma once

#include <string>
#include <utility>

namespace idpwatch::base {

// Overwrites and empties it.
void cleanse(std::string& text);

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  // A short text is copied by a move of std::string: what stays behind is overwritten.
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { cleanse(other.text_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    cleanse(text_);
    text_ = std::move(other.text_);
    cleanse(other.text_);
    return *this;
  }
  ~Secret() { cleanse(text_); }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

}  // namespace idpwatch::base
