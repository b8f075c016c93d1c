#include "validators/dotnet/discovery_members.hpp"

#include "base/text.hpp"

#include <array>
#include <span>

namespace idpwatch::validators {
namespace {

// OpenIdProviderMetadataNames and the serializer of 7.1.2; then what 8.0.0 added.
constexpr std::size_t kOldMembers = 44;
constexpr std::array<DiscoveryMember, 63> kMembers{{
    {"authorization_endpoint", MemberType::kText},
    {"check_session_iframe", MemberType::kText},
    {"end_session_endpoint", MemberType::kText},
    {"introspection_endpoint", MemberType::kText},
    {"issuer", MemberType::kText},
    {"jwks_uri", MemberType::kText},
    {"op_policy_uri", MemberType::kText},
    {"op_tos_uri", MemberType::kText},
    {"registration_endpoint", MemberType::kText},
    {"service_documentation", MemberType::kText},
    {"token_endpoint", MemberType::kText},
    {"userinfo_endpoint", MemberType::kText},
    {"claims_parameter_supported", MemberType::kFlag},
    {"http_logout_supported", MemberType::kFlag},
    {"logout_session_supported", MemberType::kFlag},
    {"request_parameter_supported", MemberType::kFlag},
    {"request_uri_parameter_supported", MemberType::kFlag},
    {"require_request_uri_registration", MemberType::kFlag},
    {"frontchannel_logout_session_supported", MemberType::kFlagText},
    {"frontchannel_logout_supported", MemberType::kFlagText},
    {"acr_values_supported", MemberType::kList},
    {"claim_types_supported", MemberType::kList},
    {"claims_locales_supported", MemberType::kList},
    {"claims_supported", MemberType::kList},
    {"display_values_supported", MemberType::kList},
    {"grant_types_supported", MemberType::kList},
    {"id_token_encryption_alg_values_supported", MemberType::kList},
    {"id_token_encryption_enc_values_supported", MemberType::kList},
    {"id_token_signing_alg_values_supported", MemberType::kList},
    {"introspection_endpoint_auth_methods_supported", MemberType::kList},
    {"introspection_endpoint_auth_signing_alg_values_supported", MemberType::kList},
    {"request_object_encryption_alg_values_supported", MemberType::kList},
    {"request_object_encryption_enc_values_supported", MemberType::kList},
    {"request_object_signing_alg_values_supported", MemberType::kList},
    {"response_modes_supported", MemberType::kList},
    {"response_types_supported", MemberType::kList},
    {"scopes_supported", MemberType::kList},
    {"subject_types_supported", MemberType::kList},
    {"token_endpoint_auth_methods_supported", MemberType::kList},
    {"token_endpoint_auth_signing_alg_values_supported", MemberType::kList},
    {"ui_locales_supported", MemberType::kList},
    {"userinfo_encryption_alg_values_supported", MemberType::kList},
    {"userinfo_encryption_enc_values_supported", MemberType::kList},
    {"userinfo_signing_alg_values_supported", MemberType::kList},
    {"backchannel_authentication_endpoint", MemberType::kText},
    {"device_authorization_endpoint", MemberType::kText},
    {"pushed_authorization_request_endpoint", MemberType::kText},
    {"revocation_endpoint", MemberType::kText},
    {"authorization_response_iss_parameter_supported", MemberType::kFlag},
    {"backchannel_user_code_parameter_supported", MemberType::kFlag},
    {"require_pushed_authorization_requests", MemberType::kFlag},
    {"tls_client_certificate_bound_access_tokens", MemberType::kFlag},
    {"authorization_details_types_supported", MemberType::kList},
    {"authorization_encryption_alg_values_supported", MemberType::kList},
    {"authorization_encryption_enc_values_supported", MemberType::kList},
    {"authorization_signing_alg_values_supported", MemberType::kList},
    {"backchannel_authentication_request_signing_alg_values_supported", MemberType::kList},
    {"backchannel_token_delivery_modes_supported", MemberType::kList},
    {"code_challenge_methods_supported", MemberType::kList},
    {"dpop_signing_alg_values_supported", MemberType::kList},
    {"prompt_values_supported", MemberType::kList},
    {"revocation_endpoint_auth_methods_supported", MemberType::kList},
    {"revocation_endpoint_auth_signing_alg_values_supported", MemberType::kList},
}};

}  // namespace

std::optional<DiscoveryMember> discovery_member(std::string_view name, bool newer) {
  for (const DiscoveryMember& member :
       std::span(kMembers).first(newer ? kMembers.size() : kOldMembers)) {
    if (base::iequals(member.name, name)) {
      return member;
    }
  }
  return std::nullopt;
}

}  // namespace idpwatch::validators
