#include "demo/demo_service.hpp"

#include <utility>

namespace idpwatch::demo {

base::Result<std::unique_ptr<DemoService>> DemoService::start(
    const model::ValidatorSettings& settings, const DemoProvider& provider) {
  auto validator = validators::Validator::compile(settings);
  if (!validator) return base::fail(validator.error());
  return std::unique_ptr<DemoService>(new DemoService(std::move(*validator), provider));
}

validators::Answer DemoService::call(const DemoKey& signed_by, const std::string& kid,
                                     base::Instant now) {
  for (const char* path : {"/.well-known/openid-configuration", "/jwks"}) {
    validators::Served served;
    served.body = std::make_shared<const std::string>(provider_.document(path));
    world_.add(provider_.issuer() + path, {now, now, served});
  }
  auto token = std::make_shared<validators::TokenView>();
  const std::int64_t issued = base::to_unix_seconds(now);
  token->alg = "ES256";
  token->kid = kid;
  token->typ = "JWT";
  token->issuer = provider_.issuer();
  token->audiences = {"api://orders"};
  token->not_before = issued;
  token->expires = issued + 3600;
  token->parts.signed_by = signed_by.thumbprint;
  return simulation_.request(world_, {now, now, validators::Credentials::synthetic(token)});
}

}  // namespace idpwatch::demo
