#include "base/text.hpp"
#include "validators/core/profile.hpp"

namespace idpwatch::validators {
namespace {

constexpr std::string_view kScheme = "Bearer ";

}  // namespace

Answer start_failed(const model::StartFault& fault) {
  Answer answer;
  answer.status = 0;
  answer.error = "start-failed";
  answer.cause = Cause::kStart;
  answer.message = fault.message;
  answer.because = "the process does not start: " + fault.message;
  return answer;
}

Answer options_failed(std::string id, std::string message) {
  Answer answer;
  answer.status = 500;
  answer.error = std::move(id);
  answer.cause = Cause::kStart;
  answer.because =
      "the options of the bearer scheme cannot be made, so every request fails: " + message;
  answer.message = std::move(message);
  return answer;
}

std::string fault_id(const model::StartFault& fault) {
  constexpr std::size_t kCode = 8;  // IDX and five digits
  const std::string& text = fault.message;
  const bool coded =
      (text.starts_with("IDX") || text.starts_with("IDW")) && text.find(':') == kCode;
  return coded ? text.substr(0, kCode) : "settings-invalid";
}

Answer no_credentials() {
  Answer answer;
  answer.status = 401;
  answer.error = "no-credentials";
  answer.cause = Cause::kOther;
  answer.challenge = "Bearer";
  answer.because = "the request brings no bearer token";
  return answer;
}

BearerToken bearer_token(const Credentials& credentials, std::size_t most) {
  BearerToken bearer;
  if (credentials.token()) {
    bearer.synthetic = credentials.token();
    return bearer;
  }
  const auto& header = credentials.authorization();
  if (header && header->size() > most) {
    bearer.refusal.emplace();
    bearer.refusal->status = 431;
    bearer.refusal->error = "http-431";
    bearer.refusal->cause = Cause::kOther;
    bearer.refusal->because = "the web server refuses request headers of more than " +
                              std::to_string((most + 1023) / 1024) + " KiB";
    return bearer;
  }
  const std::string_view value = header ? base::trim(*header) : std::string_view();
  if (value.size() > kScheme.size() && base::iequals(value.substr(0, kScheme.size()), kScheme)) {
    bearer.token = base::trim(value.substr(kScheme.size()));
  }
  if (bearer.token.empty()) {
    bearer.refusal = no_credentials();
  }
  return bearer;
}

}  // namespace idpwatch::validators
