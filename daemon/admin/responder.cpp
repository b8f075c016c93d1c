#include "daemon/admin/responder.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"
#include "daemon/admin/metrics.hpp"
#include "daemon/admin/snapshot_json.hpp"
#include "daemon/store_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace idpwatch::daemon {
namespace {

using Json = nlohmann::ordered_json;

// Longer than the largest time that one turn of a healthy loop may take.
constexpr base::Duration kPulseDeadline = base::seconds(30);
constexpr std::size_t kHistoryDefault = 1000;
constexpr std::size_t kHistoryMax = 10'000;

AdminResponse json(const Json& document, int status = 200) {
  AdminResponse response;
  response.status = status;
  response.body = document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return response;
}

AdminResponse problem(int status, const std::string& message, const std::string& hint = {}) {
  Json document{{"schema", "idpwatch.error/v1"}, {"message", message}};
  if (!hint.empty()) document["hint"] = hint;
  return json(document, status);
}

AdminResponse problem(const base::Error& error) {
  switch (error.kind) {
    case base::ErrorKind::kUsage:
    case base::ErrorKind::kInput:
    case base::ErrorKind::kConfig:
      return problem(400, error.message, error.hint);
    case base::ErrorKind::kNotFound:
      return problem(404, error.message, error.hint);
    case base::ErrorKind::kUnreadable:
    case base::ErrorKind::kUnreachable:
    case base::ErrorKind::kBusy:
    case base::ErrorKind::kStorage:
      return problem(503, error.message, error.hint);
    case base::ErrorKind::kInternal:
      break;
  }
  return problem(500, error.message);
}

struct Check {
  std::string name;
  bool ok;
};

// As Kubernetes' own components answer: a line a check with ?verbose, machines read the status.
AdminResponse health(const AdminRequest& request, const std::vector<Check>& checks) {
  const bool ok =
      std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ok; });
  AdminResponse response;
  response.status = ok ? 200 : 503;
  response.type = "text/plain; charset=utf-8";
  if (request.query.contains("verbose") || !ok) {
    for (const Check& check : checks) {
      response.body +=
          fmt::format("[{}]{} {}\n", check.ok ? '+' : '-', check.name, check.ok ? "ok" : "failed");
    }
  }
  if (response.body.empty()) response.body = "ok\n";
  return response;
}

std::optional<std::string> query_value(const AdminRequest& request, std::string_view name) {
  const auto found = request.query.find(name);
  if (found == request.query.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

// "127.0.0.1:7517", "[::1]", "localhost:7517".
bool is_address_or_localhost(std::string_view host) {
  if (host.starts_with('[')) return true;
  host = host.substr(0, host.find(':'));
  return host.empty() || base::iequals(host, "localhost") ||
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

bool equal_secrets(std::string_view given, std::string_view expected) {
  // Digests have one length, whatever was given.
  const std::string a = base::sha256(given);
  const std::string b = base::sha256(expected);
  unsigned different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    different |=
        static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  }
  return different == 0;
}

bool Responder::authorized(const AdminRequest& request) const {
  if (options_.token.empty()) return options_.listen.local();
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view header = request.authorization;
  if (header.size() < kScheme.size() || !base::iequals(header.substr(0, kScheme.size()), kScheme)) {
    return false;
  }
  return equal_secrets(base::trim(header.substr(kScheme.size())), options_.token);
}

// A page in a browser on this host can be led here by a name that its owner lets resolve to
// 127.0.0.1; then the Host header is that name. Where a token is needed it cannot have it.
bool Responder::expected_host(const AdminRequest& request) const {
  if (options_.listen.kind != Listen::Kind::kTcp || !options_.token.empty()) return true;
  return is_address_or_localhost(request.host);
}

std::optional<AdminResponse> Responder::barred(const AdminRequest& request) const {
  if (!expected_host(request)) return problem(421, "this host name is not served here");
  if (authorized(request)) return std::nullopt;
  AdminResponse refused =
      problem(401, "a bearer token is needed", "it is admin_token of the configuration");
  refused.challenge = true;
  return refused;
}

AdminResponse Responder::live(const AdminRequest& request, Pulse pulse) const {
  const base::Duration now = options_.clock->boottime();
  return health(request, {{"loop", !pulse.last || now - *pulse.last <= kPulseDeadline}});
}

AdminResponse Responder::ready(const AdminRequest& request, const SnapshotPtr& snapshot,
                               Pulse pulse) const {
  if (!snapshot) return health(request, {{"started", false}});
  return health(request, {{"started", true},
                          {"loop", live(request, pulse).status == 200},
                          {"storage", snapshot->storage_ok},
                          {"first-round", snapshot->first_round_planned}});
}

AdminResponse Responder::answer(const AdminRequest& request, const SnapshotPtr& snapshot,
                                Pulse pulse) const {
  const bool reading = request.method == "GET" || request.method == "HEAD";
  const bool posting = request.method == "POST";
  const bool testing = request.path == "/api/v1/test";
  if (!reading && !(testing && posting)) {
    AdminResponse refused = problem(405, "this method is not taken here");
    refused.allow = testing ? "GET, HEAD, POST" : "GET, HEAD";
    return refused;
  }
  if (request.path == "/livez" || request.path == "/healthz") return live(request, pulse);
  if (request.path == "/readyz") return ready(request, snapshot, pulse);
  if (auto refused = barred(request)) return std::move(*refused);
  if (testing && posting) return test(request);
  if (!snapshot) return problem(503, "the daemon is starting");
  if (request.path == "/metrics") {
    AdminResponse metrics;
    metrics.type = "text/plain; version=0.0.4; charset=utf-8";
    metrics.body = metrics_text(*snapshot);
    return metrics;
  }
  return api(request, *snapshot);
}

AdminResponse Responder::api(const AdminRequest& request, const Snapshot& snapshot) const {
  constexpr std::string_view kAuthorities = "/api/v1/authorities";
  const std::string_view path = request.path;
  if (path == "/api/v1/status") return json(status_document(snapshot));
  if (path == kAuthorities) return json(authorities_document(snapshot));
  if (path == "/api/v1/findings") return json(findings_document(snapshot));
  if (path == "/api/v1/alerts") return json(alerts_document(snapshot.alerts));
  if (path == "/api/v1/history") return history(request);
  if (path == "/api/v1/test") return json(tests_document(snapshot.tests));
  // A name may hold slashes: authorities known by their issuer are called by it.
  constexpr std::string_view kKeys = "/keys";
  if (path.starts_with(std::string(kAuthorities) + "/") && path.ends_with(kKeys) &&
      path.size() > kAuthorities.size() + 1 + kKeys.size()) {
    std::string_view name = path.substr(kAuthorities.size() + 1);
    name.remove_suffix(kKeys.size());
    return keys(request, std::string(name));
  }
  return problem(
      404, "there is nothing here",
      "/livez, /readyz, /metrics, /api/v1/status, /api/v1/authorities, "
      "/api/v1/authorities/NAME/keys, /api/v1/history, /api/v1/findings, /api/v1/alerts");
}

AdminResponse Responder::keys(const AdminRequest& request, const std::string& authority) const {
  base::Instant at = options_.clock->wall();
  if (const auto text = query_value(request, "at")) {
    const auto given = base::parse_time_argument(*text, at);
    if (!given) return problem(given.error());
    at = *given;
  }
  auto reader = storage::Reader::open(options_.database_path);
  if (!reader) return problem(503, reader.error().message);
  const auto document = keys_document(*reader, authority, at);
  if (!document && document.error().kind == base::ErrorKind::kInput) {
    return problem(404, document.error().message);
  }
  return document ? json(*document) : problem(document.error());
}

AdminResponse Responder::history(const AdminRequest& request) const {
  HistoryQuestion question;
  question.authority = query_value(request, "authority").value_or("");
  question.limit = kHistoryDefault;
  const base::Instant now = options_.clock->wall();
  for (const auto& [name, place] :
       {std::pair("since", &question.since), std::pair("until", &question.until)}) {
    const auto text = query_value(request, name);
    if (!text) continue;
    const auto given = base::parse_time_argument(*text, now);
    if (!given) return problem(given.error());
    *place = *given;
  }
  if (const auto text = query_value(request, "limit")) {
    const auto [end, error] =
        std::from_chars(text->data(), text->data() + text->size(), question.limit);
    if (error != std::errc{} || end != text->data() + text->size() || question.limit == 0 ||
        question.limit > kHistoryMax) {
      return problem(400, fmt::format("limit must be a number from 1 to {}", kHistoryMax));
    }
  }
  auto reader = storage::Reader::open(options_.database_path);
  if (!reader) return problem(503, reader.error().message);
  const auto document = history_document(*reader, question);
  if (!document && document.error().kind == base::ErrorKind::kInput) {
    return problem(404, document.error().message);
  }
  return document ? json(*document) : problem(document.error());
}

AdminResponse Responder::refuse_body(const AdminRequest& request) const {
  if (auto refused = barred(request)) return std::move(*refused);
  return problem(413, fmt::format("the body is larger than {} bytes", kRequestBodyMax),
                 "no request here needs a body");
}

AdminResponse Responder::test(const AdminRequest& request) const {
  if (!options_.test_receiver) return problem(501, "test messages cannot be sent from here");
  const auto tests = options_.test_receiver(query_value(request, "receiver").value_or(""));
  if (!tests) return problem(tests.error());
  return json(tests_document(*tests), 202);
}

}  // namespace idpwatch::daemon
