// The 401 to a request without a token: its challenges (RFC 6750), the metadata of the protected
// resource (RFC 9728) and of the authorization servers that they name (RFC 8414), against what is
// deployed.
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/endpoint/auth_challenge.hpp"
#include "checks/endpoint/endpoint_report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace idpwatch::checks {
namespace {

using base::Json;

constexpr const char* kRule = "endpoint-challenge";
constexpr std::string_view kWellKnown = "/.well-known/oauth-protected-resource";

std::string shown(const std::string& text) { return base::printable(text, 300); }
std::string in_quotes(const std::string& text) { return '"' + shown(text) + '"'; }

std::string without_slash(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// RFC 9110 sections 15.6.3 to 15.6.5.
bool is_gateway_error(int status) { return status == 502 || status == 503 || status == 504; }

std::optional<Json> object_of(const GivenAnswer& answer) {
  if (answer.status != 200) return std::nullopt;
  auto document = base::parse_json(answer.body);
  if (!document || !document->value->is_object()) return std::nullopt;
  return std::move(*document->value);
}

class Challenge {
 public:
  Challenge(const EndpointQuestion& question, const Exchange& exchange)
      : question_(question), exchange_(exchange) {
    check_.name = EndpointCheckName::kChallenge;
  }

  EndpointCheck run() {
    if (exchange_.plain.empty()) return std::move(check_);
    const Hop& last = exchange_.plain.back();
    check_.expected = "401 with WWW-Authenticate: Bearer to a request without a token";
    if (const std::string page = login_page(exchange_); !page.empty()) {
      login(page);
    } else if (last.answer.status == 0) {
      check_.judge(EndpointOutcome::kRefused, "endpoint-unreachable",
                   "it does not answer: " + shown(last.answer.failure));
      check_.remedy = "Check name, port, TLS and the process behind this address.";
    } else if (is_gateway_error(last.answer.status)) {
      check_.judge(EndpointOutcome::kRefused, "endpoint-unreachable",
                   "it does not answer: a gateway in front of it says " +
                       std::to_string(last.answer.status));
      check_.remedy =
          "Check that the process behind the gateway runs, and that the gateway's upstream address "
          "is right.";
    } else if (is_redirect(last)) {
      check_.outcome = EndpointOutcome::kNotChecked;  // told as the redirect
    } else if (last.answer.status == 401) {
      challenged(last);
    } else {
      not_challenged(last.answer.status);
    }
    return std::move(check_);
  }

 private:
  void login(const std::string& page) {
    const Hop& first = exchange_.plain.front();
    check_.judge(EndpointOutcome::kRefused, "endpoint-redirect",
                 std::to_string(first.answer.status) + " leads to a login page, " + shown(page) +
                     ", where 401 and a challenge are due: another scheme than Bearer answers "
                     "here, a cookie's or the "
                     "platform's. Clients that follow it take the page for a success");
    check_.remedy =
        "ASP.NET Core: set DefaultChallengeScheme (or DefaultScheme) to Bearer, or name the scheme "
        "on the "
        "endpoints ([Authorize(AuthenticationSchemes = \"Bearer\")]); from ASP.NET Core 10 on, API "
        "endpoints "
        "answer 401 by themselves. Platform authentication (App Service, oauth2-proxy): let it "
        "answer 401 "
        "to API paths.";
  }

  void not_challenged(int status) {
    if (status >= 200 && status < 300) {
      check_.judge(EndpointOutcome::kWarning, kRule,
                   "it gives " + std::to_string(status) +
                       " to a request without any token: this address is not protected");
      check_.remedy = "Name an address that wants a token, or require authentication there.";
      return;
    }
    check_.outcome = EndpointOutcome::kUnknown;
    check_.found = "it answers " + std::to_string(status) +
                   " without a token, so there is no challenge to judge";
  }

  void challenged(const Hop& last) {
    check_.outcome = EndpointOutcome::kOk;
    const auto challenges = challenges_of(last.answer.headers);
    if (challenges.empty()) {
      warn("the 401 has no WWW-Authenticate (RFC 9110 section 15.5.2 requires one)",
           "Let the bearer scheme answer the 401, not a handler of your own.");
      return;
    }
    const auto bearer = std::find_if(challenges.begin(), challenges.end(), [](const auto& one) {
      return one.is("Bearer") || one.is("DPoP");
    });
    if (bearer == challenges.end()) {
      warn("its challenge is " + in_quotes(challenges.front().scheme) +
               ", not Bearer: another scheme answers here",
           "Make Bearer the scheme that is challenged with at this address.");
      return;
    }
    compare_azure(*bearer);
    judge_resource(*bearer);
    judge_servers();
    if (!points_.empty()) warn(base::join(points_, "; "), base::join(remedies_, " "));
  }

  void warn(std::string what, std::string remedy) {
    check_.judge(EndpointOutcome::kWarning, kRule, std::move(what));
    check_.remedy = std::move(remedy);
  }

  void point(std::string what, std::string remedy) {
    points_.push_back(std::move(what));
    if (!remedy.empty() &&
        std::find(remedies_.begin(), remedies_.end(), remedy) == remedies_.end()) {
      remedies_.push_back(std::move(remedy));
    }
  }

  // authorization= or authorization_uri=, resource= of Azure's resources.
  void compare_azure(const AuthChallenge& bearer) {
    auto named = bearer.parameter("authorization");
    if (!named) named = bearer.parameter("authorization_uri");
    const auto theirs = base::parse_url(named.value_or(""));
    const bool comparable = theirs && !question_.authorities.empty();
    if (comparable && std::none_of(question_.authorities.begin(), question_.authorities.end(),
                                   [&](const auto& own) { return same_tenant(own, *theirs); })) {
      point("its challenge names " + in_quotes(*named) + ", and the deployed authority is " +
                in_quotes(question_.authorities.front()),
            "Clients that follow the challenge get tokens of the authority that it names: make "
            "both the same.");
    }
    const auto resource = bearer.parameter("resource");
    if (!resource || question_.resources.empty() || fits_resource(*resource)) return;
    point("its challenge asks for the resource " + in_quotes(*resource) +
              ", and the deployed audience is " + in_quotes(question_.resources.front()),
          "Clients that follow the challenge get tokens for the resource that it names: make both "
          "the same.");
  }

  // An address that cannot be read contradicts nothing.
  static bool same_tenant(const std::string& own_text, const base::Url& theirs) {
    const auto own = base::parse_url(own_text);
    if (!own) return true;
    const auto tenant = [](const base::Url& url) {
      return url.path.substr(1, url.path.find('/', 1) - 1);
    };
    return own->host == theirs.host && base::iequals(tenant(*own), tenant(theirs));
  }

  [[nodiscard]] bool fits_resource(const std::string& resource) const {
    return std::any_of(
        question_.resources.begin(), question_.resources.end(),
        [&](const auto& own) { return without_slash(own) == without_slash(resource); });
  }

  [[nodiscard]] std::string metadata_url() const {
    const auto url = base::parse_url(exchange_.plain.front().request.url);
    if (!url) return {};
    const std::string path = url->path == "/" ? "" : url->path;
    return url->origin() + std::string(kWellKnown) + path;
  }

  void judge_resource(const AuthChallenge& bearer) {
    const auto advertised = bearer.parameter("resource_metadata");
    const std::string own_url = metadata_url();
    const bool any =
        std::any_of(exchange_.resource_metadata.begin(), exchange_.resource_metadata.end(),
                    [](const Hop& hop) { return hop.answer.status == 200; });
    if (!advertised && !any) return;  // RFC 9728 is optional
    const std::string called = question_.metadata_resource.empty()
                                   ? exchange_.plain.front().request.url
                                   : question_.metadata_resource;
    const std::string remedy = "Serve the metadata at " + shown(own_url) +
                               ", without authentication, with resource: " + shown(called) +
                               ", and name that address in the challenge (resource_metadata=...).";
    if (!advertised) {
      point(
          "the challenge has no resource_metadata, so clients have to guess where the metadata are "
          "(RFC 9728 section 5.1)",
          remedy);
    }
    for (const Hop& hop : exchange_.resource_metadata) judge_metadata(hop, called, own_url, remedy);
  }

  void judge_metadata(const Hop& hop, const std::string& called, const std::string& own_url,
                      const std::string& remedy) {
    const int status = hop.answer.status;
    if (hop.request.url == own_url && (status == 401 || status == 403)) {
      point("the metadata at " + shown(own_url) + " ask for a token themselves (" +
                std::to_string(status) + ")",
            remedy);
    }
    const auto document = object_of(hop.answer);
    if (!document) return;
    const std::string resource = text_in(*document, "resource");
    if (resource != called) {
      const bool expected = !question_.metadata_resource.empty();
      point("the metadata at " + shown(hop.request.url) + " are those of the resource " +
                in_quotes(resource) + ", and " + shown(called) +
                (expected ? " is expected" : " was called") +
                " (RFC 9728 section 3.3: both must be identical)",
            remedy);
    }
    const auto servers = document->find("authorization_servers");
    if (servers == document->end() || !servers->is_array()) return;
    for (const Json& one : *servers) {
      if (one.is_string() && servers_.size() < 8) servers_.push_back(one.get<std::string>());
    }
  }

  void judge_servers() {
    const auto& own = question_.authorities;
    bool fits = servers_.empty() || own.empty();
    for (const std::string& server : servers_) {
      fits = fits || std::any_of(own.begin(), own.end(), [&](const auto& one) {
               return without_slash(server) == without_slash(one);
             });
      judge_server(server);
    }
    if (fits) return;
    point("authorization_servers names " + in_quotes(servers_.front()) +
              ", and the deployed authority is " + in_quotes(own.front()),
          "Make authorization_servers and the deployed authority the same.");
  }

  // RFC 8414 section 3.3: the issuer in the metadata is identical with the one that was asked for.
  void judge_server(const std::string& server) {
    const std::string bare = without_slash(server);
    for (const Hop& hop : exchange_.server_metadata) {
      const auto url = base::parse_url(hop.request.url);
      const auto own = base::parse_url(server);
      if (!url || !own || url->host != own->host) continue;
      const auto document = object_of(hop.answer);
      const std::string issuer = document ? text_in(*document, "issuer") : std::string();
      if (issuer.empty() || issuer == server) continue;
      if (without_slash(issuer) == bare) {
        const bool extra = server.ends_with('/');
        point("authorization_servers says " + in_quotes(server) +
                  ", and the metadata there say issuer " + in_quotes(issuer) +
                  ": only a slash apart. Strict clients stop at that (RFC 8414 section 3.3), lax "
                  "ones go on; this "
                  "service's own validation does not read it",
              std::string("Write the entry of authorization_servers ") +
                  (extra ? "without the trailing slash" : "with the slash") + ": " + shown(issuer) +
                  ".");
      } else {
        point("authorization_servers says " + in_quotes(server) +
                  ", and the metadata there say issuer " + in_quotes(issuer),
              "Name the issuer as its own metadata do.");
      }
      return;
    }
  }

  const EndpointQuestion& question_;
  const Exchange& exchange_;
  EndpointCheck check_;
  std::vector<std::string> points_, remedies_, servers_;
};

}  // namespace

EndpointCheck judge_challenge(const EndpointQuestion& question, const Exchange& exchange) {
  return Challenge(question, exchange).run();
}

}  // namespace idpwatch::checks
