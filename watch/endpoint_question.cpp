#include "watch/endpoint_question.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace idpwatch::watch {
namespace {

checks::EndpointStack stack_of_profile(std::string_view profile) {
  const bool dotnet = profile == "aspnetcore-jwtbearer" || profile == "microsoft-identity-web" ||
                      profile == "openiddict-validation";
  if (dotnet) return checks::EndpointStack::kAspNetCore;
  if (profile == "express-oauth2-jwt-bearer") return checks::EndpointStack::kExpress;
  return checks::EndpointStack::kUnknown;
}

// One that fetches nothing, or audiences that are given as an explicit null, say nothing.
void add_deployed(const WatchedValidator& watched, checks::EndpointQuestion& question) {
  const model::ValidatorSettings& settings = watched.settings;
  if (settings.authority.has_value()) {
    question.authorities.push_back(settings.authority.value());
  } else {
    const auto& issuers = settings.issuers.value();
    question.authorities.insert(question.authorities.end(), issuers.begin(), issuers.end());
  }
  const auto& audiences = settings.audiences.value();
  question.resources.insert(question.resources.end(), audiences.begin(), audiences.end());
  if (question.stack == checks::EndpointStack::kUnknown) {
    question.stack = stack_of_profile(watched.validator->profile());
  }
}

}  // namespace

checks::EndpointQuestion endpoint_question(const config::Endpoint& endpoint,
                                           const std::vector<const WatchedValidator*>& validators) {
  checks::EndpointQuestion question;
  question.url = endpoint.url;
  question.method = to_text(endpoint.method);
  question.origin = endpoint.cors_origin.value_or("");
  if (endpoint.cors_method) question.cors_method = to_text(*endpoint.cors_method);
  question.credentials = endpoint.credentials;
  if (endpoint.forwarded_proto) question.forwarded_proto = to_text(*endpoint.forwarded_proto);
  for (const WatchedValidator* one : validators) add_deployed(*one, question);
  if (endpoint.expect_authority) question.authorities = {*endpoint.expect_authority};
  if (endpoint.expect_resource) {
    question.resources = {*endpoint.expect_resource};
    question.metadata_resource = *endpoint.expect_resource;
  }
  return question;
}

}  // namespace idpwatch::watch
