// Fields put together into one text, so that no two lists of fields make the same: equal texts,
// equal fields. Pure.
#pragma once

#include "base/time.hpp"
#include "model/validator_settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::model {

class FieldText {
 public:
  // Ended by an octet that stands in no setting.
  FieldText& add(std::string_view text) {
    text_ += text;
    text_ += '\x1f';
    return *this;
  }
  FieldText& add(std::int64_t number) { return add(std::to_string(number)); }
  FieldText& add(const Origin& origin) { return add(origin.file).add(origin.line).add(origin.key); }
  template <class T>
  FieldText& add(const Setting<T>& setting) {
    add(setting.absent() ? "-" : setting.is_null() ? "0" : "=").add(setting.origin());
    return value(setting.value());
  }
  FieldText& maybe(const std::optional<std::string>& text) {
    return text ? add("=").add(*text) : add("-");
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  FieldText& value(const std::string& text) { return add(text); }
  FieldText& value(bool flag) { return add(std::int64_t{flag}); }
  FieldText& value(base::Duration duration) { return add(std::int64_t{duration.count()}); }
  FieldText& value(const std::vector<std::string>& list) {
    for (const std::string& one : list) add(one);
    return add(static_cast<std::int64_t>(list.size()));
  }

  std::string text_;
};

// SHA-256 over all settings, with their places, but for whom tokens are meant (client_id,
// audiences): what keys and caches depend on.
std::string digest_but_audience(const ValidatorSettings& settings);

}  // namespace idpwatch::model
