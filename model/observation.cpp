#include "model/observation.hpp"

#include <array>

namespace idpwatch::model {

namespace {

constexpr std::array<std::string_view, 6> kKinds = {"timeout", "dns",  "connect",
                                                    "tls",     "http", "body"};
constexpr std::array<std::string_view, 11> kDetails = {"",
                                                       "redirect-loop",
                                                       "redirect-downgrade",
                                                       "address-refused",
                                                       "too-large",
                                                       "certificate-expired",
                                                       "certificate-not-yet-valid",
                                                       "certificate-name",
                                                       "certificate-untrusted",
                                                       "ours",
                                                       "too-many-redirects"};

template <class Enum, std::size_t N>
std::optional<Enum> find_text(const std::array<std::string_view, N>& texts, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (texts[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

const std::string* Fetch::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return &value;
  }
  return nullptr;
}

std::string_view to_text(FailureKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

std::optional<FailureKind> failure_kind(std::string_view text) {
  return find_text<FailureKind>(kKinds, text);
}

std::string_view to_text(FailureDetail detail) {
  return kDetails.at(static_cast<std::size_t>(detail));
}

std::optional<FailureDetail> failure_detail(std::string_view text) {
  return find_text<FailureDetail>(kDetails, text);
}

}  // namespace idpwatch::model
