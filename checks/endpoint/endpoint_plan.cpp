#include "checks/endpoint/endpoint_plan.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/endpoint/auth_challenge.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace idpwatch::checks {
namespace {

using base::Json;
using model::SentRequest;

constexpr std::size_t kHopsMax = 6;
constexpr std::size_t kDocumentsMax = 3;

bool same_origin(const std::string& a, const std::string& b) {
  const auto first = base::parse_url(a);
  const auto second = base::parse_url(b);
  return first && second && first->origin() == second->origin();
}

// Only from http to https of one host, or within one origin.
bool may_follow(const std::string& from, const std::string& to) {
  if (same_origin(from, to)) return true;
  const auto first = base::parse_url(from);
  const auto second = base::parse_url(to);
  return first && second && !first->https() && second->https() && first->host == second->host;
}

class Plan {
 public:
  Plan(const EndpointQuestion& question, const HeaderFields& extra, const Exchange& so_far)
      : question_(question), extra_(extra), so_far_(so_far) {}

  std::optional<PlannedRequest> run(bool with_token) {
    if (auto next = chain(&Exchange::plain, false)) return next;
    if (looped() && question_.forwarded_proto.empty()) {
      if (auto next = chain(&Exchange::forwarded, true)) return next;
    }
    if (!question_.origin.empty() && so_far_.preflight.empty()) return preflight();
    if (auto next = metadata()) return next;
    if (auto next = server()) return next;
    return with_token ? chain(&Exchange::with_token, false) : std::nullopt;
  }

 private:
  using Part = std::vector<Hop> Exchange::*;

  // The calls themselves change nothing: PUT, PATCH and DELETE are asked about in the preflight.
  [[nodiscard]] std::string method() const { return question_.method == "POST" ? "POST" : "GET"; }

  [[nodiscard]] PlannedRequest call(Part part, const std::string& url,
                                    const std::string& method) const {
    PlannedRequest planned;
    planned.part = part;
    planned.request = {method, url, extra_};
    HeaderFields& headers = planned.request.headers;
    if (!question_.origin.empty()) headers.emplace_back("Origin", question_.origin);
    if (!question_.forwarded_proto.empty()) {
      headers.emplace_back("X-Forwarded-Proto", question_.forwarded_proto);
    } else if (part == &Exchange::forwarded) {
      headers.emplace_back("X-Forwarded-Proto", "https");
    }
    if (part == &Exchange::with_token) headers.emplace_back("Authorization", kTokenPlaceholder);
    return planned;
  }

  [[nodiscard]] std::optional<PlannedRequest> chain(Part part, bool forwarded) const {
    const auto& hops = so_far_.*part;
    if (hops.empty()) {
      const std::string& url = forwarded ? so_far_.plain.back().request.url : question_.url;
      return call(part, url, method());
    }
    const Hop& last = hops.back();
    if (!is_redirect(last) || hops.size() >= kHopsMax) return std::nullopt;
    const std::string target = redirect_target(last);
    const bool seen = std::any_of(hops.begin(), hops.end(),
                                  [&](const Hop& hop) { return hop.request.url == target; });
    const bool token = part == &Exchange::with_token;
    const bool allowed =
        token ? same_origin(last.request.url, target) : may_follow(last.request.url, target);
    if (target.empty() || seen || !allowed) return std::nullopt;
    const bool keeps = last.answer.status == 307 || last.answer.status == 308;
    return call(part, target, keeps ? last.request.method : "GET");
  }

  [[nodiscard]] bool looped() const {
    const Hop& last = so_far_.plain.back();
    if (!is_redirect(last)) return false;
    const std::string target = redirect_target(last);
    return std::any_of(so_far_.plain.begin(), so_far_.plain.end(),
                       [&](const Hop& hop) { return hop.request.url == target; });
  }

  [[nodiscard]] PlannedRequest preflight() const {
    PlannedRequest planned;
    planned.part = &Exchange::preflight;
    const std::string& method = question_.page_method();
    const bool body = method != "GET" && method != "HEAD" && method != "DELETE";
    planned.request = {"OPTIONS",
                       question_.url,
                       {{"Origin", question_.origin},
                        {"Access-Control-Request-Method", method},
                        {"Access-Control-Request-Headers",
                         body ? "authorization,content-type" : "authorization"}}};
    if (!question_.forwarded_proto.empty()) {
      planned.request.headers.emplace_back("X-Forwarded-Proto", question_.forwarded_proto);
    }
    return planned;
  }

  [[nodiscard]] std::optional<PlannedRequest> document(Part part, const std::string& url) const {
    const auto& hops = so_far_.*part;
    const bool asked = std::any_of(hops.begin(), hops.end(),
                                   [&](const Hop& hop) { return hop.request.url == url; });
    if (asked || hops.size() >= kDocumentsMax || !base::parse_url(url)) return std::nullopt;
    PlannedRequest planned;
    planned.part = part;
    planned.request = {"GET", url, {{"Accept", "application/json"}}};
    planned.learned = !same_origin(url, question_.url);
    return planned;
  }

  // The address that the challenge names, else those that RFC 9728 section 3.1 derives.
  [[nodiscard]] std::optional<PlannedRequest> metadata() const {
    const GivenAnswer& answer = so_far_.plain.back().answer;
    const auto url = base::parse_url(so_far_.plain.back().request.url);
    if (answer.status != 401 || !url) return std::nullopt;
    const std::string root = url->origin() + "/.well-known/oauth-protected-resource";
    std::vector<std::string> addresses;
    for (const AuthChallenge& one : challenges_of(answer.headers)) {
      if (const auto named = one.parameter("resource_metadata")) addresses.push_back(*named);
    }
    if (addresses.empty()) {
      if (url->path != "/") addresses.push_back(root + url->path);
      addresses.push_back(root);
    }
    for (const std::string& one : addresses) {
      if (auto next = document(&Exchange::resource_metadata, one)) return next;
    }
    return std::nullopt;
  }

  // RFC 8414 section 3.1: the well-known part goes between host and path.
  [[nodiscard]] std::optional<PlannedRequest> server() const {
    for (const Hop& hop : so_far_.resource_metadata) {
      if (hop.answer.status != 200) continue;
      const auto parsed = base::parse_json(hop.answer.body);
      if (!parsed || !parsed->value->is_object()) continue;
      const auto servers = parsed->value->find("authorization_servers");
      if (servers == parsed->value->end() || !servers->is_array()) continue;
      for (const Json& one : *servers) {
        const auto url =
            one.is_string() ? base::parse_url(one.get<std::string>()) : base::parse_url("");
        if (!url) continue;
        const std::string path = url->path == "/" ? "" : url->path;
        if (auto next =
                document(&Exchange::server_metadata,
                         url->origin() + "/.well-known/oauth-authorization-server" + path)) {
          return next;
        }
      }
    }
    return std::nullopt;
  }

  const EndpointQuestion& question_;
  const HeaderFields& extra_;
  const Exchange& so_far_;
};

}  // namespace

std::optional<PlannedRequest> next_request(const EndpointQuestion& question,
                                           const HeaderFields& extra, bool with_token,
                                           const Exchange& so_far) {
  return Plan(question, extra, so_far).run(with_token);
}

}  // namespace idpwatch::checks
