#include "validators/node/express_discovery.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "validators/node/javascript.hpp"

#include <utility>

namespace idpwatch::validators {
namespace {

std::string text_of(const JsonNode& object, const char* name) {
  const JsonNode* found = object.find(name);
  return found != nullptr && found->is(JsonNode::Kind::kString) ? found->text : std::string();
}

// https://host/path -> https://host/.well-known/oauth-authorization-server/path.
std::string other_address(const std::string& url) {
  constexpr std::string_view kEnd = "/.well-known/openid-configuration";
  const auto parsed = base::parse_url(url);
  if (!parsed || !url.ends_with(kEnd)) return {};
  const std::string path = parsed->path.substr(0, parsed->path.size() - kEnd.size());
  return parsed->origin() + "/.well-known/oauth-authorization-server" + path;
}

}  // namespace

std::shared_ptr<const ExpressDiscovery::Document> ExpressDiscovery::fetch(Turn& turn,
                                                                          const std::string& url) {
  constexpr int kOk = 200;
  if (url.empty()) return nullptr;
  ++turn.fetches.discovery;
  const Served& served = turn.world.fetch(url, turn.at);
  hangs_ = served.fault == Fault::kTimeout;
  if (served.fault != Fault::kNone || served.status != kOk || !served.body) return nullptr;
  const auto parsed = parse_javascript_json(decoded_utf8(*served.body));
  if (!parsed || !parsed->is(JsonNode::Kind::kObject)) return nullptr;
  auto document = std::make_shared<Document>();
  document->issuer = text_of(*parsed, "issuer");
  document->jwks_uri = base::trim(text_of(*parsed, "jwks_uri"));
  if (document->issuer.empty() || document->jwks_uri.empty()) return nullptr;
  if (const JsonNode* list = parsed->find("id_token_signing_alg_values_supported")) {
    for (const JsonNode& one : list->items) {
      if (one.is(JsonNode::Kind::kString)) document->algorithms.push_back(one.text);
    }
  }
  return document;
}

std::optional<JoseError> ExpressDiscovery::refresh(Turn& turn, const std::string& url,
                                                   base::Duration age, bool keeps_lists) {
  const bool young =
      held_ && (fetched_at_ > base::Instant::max() - age || turn.local < fetched_at_ + age);
  if (young) return std::nullopt;
  auto fetched = fetch(turn, url);
  if (!fetched && !hangs_) fetched = fetch(turn, other_address(url));
  if (!fetched) {
    return JoseError{"metadata-unreachable", "InvalidTokenError",
                     "Failed to fetch authorization server metadata", Cause::kTransport};
  }
  fetched_at_ = turn.local;
  if (held_) {
    Document kept = *held_;
    if (!keeps_lists) kept.algorithms = fetched->algorithms;
    held_ = std::make_shared<const Document>(std::move(kept));
  } else {
    held_ = std::move(fetched);
  }
  return std::nullopt;
}

}  // namespace idpwatch::validators
