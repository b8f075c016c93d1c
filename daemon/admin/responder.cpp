#include "daemon/admin/responder.hpp"

#include "base/text.hpp"
#include "daemon/admin/metrics.hpp"
#include "daemon/admin/snapshot_json.hpp"
#include "watch/store_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>
#include <vector>

namespace idpwatch::daemon {
namespace {

using Json = nlohmann::ordered_json;

// Longer than the largest time that one turn of a healthy loop may take.
constexpr base::Duration kPulseDeadline = base::seconds(30);
// A question to the store is ended then: others wait behind it.
constexpr base::Duration kStoreFor = base::seconds(3);
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

bool posts(const AdminRequest& request, std::string_view path) {
  return request.method == "POST" && request.path == path;
}

constexpr std::string_view kTest = "/api/v1/test";
constexpr std::string_view kSilences = "/api/v1/silences";
constexpr std::string_view kUnsilence = "/api/v1/silences/end";

bool writes(const AdminRequest& request) {
  return posts(request, kTest) || posts(request, kSilences) || posts(request, kUnsilence);
}

watch::Configured watched(const watch::Snapshot& snapshot, const std::string& name_or_issuer) {
  for (const watch::AuthorityState& each : snapshot.authorities) {
    if (each.name == name_or_issuer || each.issuer == name_or_issuer) {
      return storage::AuthorityInfo{each.name, each.issuer};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<AdminResponse> Responder::barred(const AdminRequest& request) const {
  const auto refusal = refused({options_.listen, options_.token, options_.write_token}, request);
  if (!refusal) return std::nullopt;
  AdminResponse response = problem(refusal->status, refusal->message, refusal->hint);
  if (refusal->status == 401) {
    response.headers["WWW-Authenticate"] = "Bearer realm=\"idpwatch\"";
  }
  return response;
}

AdminResponse Responder::live(const AdminRequest& request, const Pulse& pulse) const {
  const base::Duration now = options_.clock->boottime();
  return health(request, {{"loop", !pulse.last || now - *pulse.last <= kPulseDeadline}});
}

AdminResponse Responder::ready(const AdminRequest& request, const Pulse& pulse) const {
  if (!pulse.last) return health(request, {{"started", false}});
  return health(request, {{"started", true},
                          {"loop", live(request, pulse).status == 200},
                          {"storage", pulse.vitals.storage_ok}});
}

std::optional<AdminResponse> Responder::at_once(const AdminRequest& request,
                                                const Pulse& pulse) const {
  const bool posts_alone = request.path == kUnsilence;
  const bool takes_posts = posts_alone || request.path == kTest || request.path == kSilences;
  const bool taken = request.reads() ? !posts_alone : takes_posts && request.method == "POST";
  if (!taken) {
    AdminResponse refused = problem(405, "this method is not allowed here");
    refused.headers["Allow"] = posts_alone ? "POST" : takes_posts ? "GET, HEAD, POST" : "GET, HEAD";
    return refused;
  }
  if (request.path == "/livez" || request.path == "/healthz") return live(request, pulse);
  if (request.path == "/readyz") return ready(request, pulse);
  return barred(request);
}

bool Responder::slow(const AdminRequest& request) const {
  return writes(request) || request.path == "/api/v1/history" || request.path.ends_with("/keys");
}

AdminResponse Responder::answer(const AdminRequest& request, const watch::SnapshotPtr& snapshot) {
  if (posts(request, kTest)) return test(request);
  if (posts(request, kSilences)) return silence(request);
  if (posts(request, kUnsilence)) return unsilence(request);
  if (!snapshot) return problem(503, "the daemon is starting");
  if (request.path == "/metrics") {
    AdminResponse metrics;
    metrics.type = "text/plain; version=0.0.4; charset=utf-8";
    metrics.body = metrics_text(*snapshot);
    return metrics;
  }
  return api(request, *snapshot);
}

AdminResponse Responder::api(const AdminRequest& request, const watch::Snapshot& snapshot) const {
  constexpr std::string_view kAuthorities = "/api/v1/authorities";
  const std::string_view path = request.path;
  if (path == "/api/v1/status") return json(status_document(snapshot));
  if (path == kAuthorities) return json(authorities_document(snapshot));
  if (path == "/api/v1/findings") return json(findings_document(snapshot));
  if (path == "/api/v1/alerts") return json(alerts_document(snapshot.alerts));
  if (path == kSilences) return json(silences_document(snapshot.silences, snapshot.at));
  if (path == "/api/v1/history") return history(request, snapshot);
  if (path == "/api/v1/test") return json(tests_document(snapshot.tests));
  // A name may hold slashes: authorities known by their issuer are called by it.
  constexpr std::string_view kKeys = "/keys";
  if (path.starts_with(std::string(kAuthorities) + "/") && path.ends_with(kKeys) &&
      path.size() > kAuthorities.size() + 1 + kKeys.size()) {
    std::string_view name = path.substr(kAuthorities.size() + 1);
    name.remove_suffix(kKeys.size());
    return keys(request, snapshot, std::string(name));
  }
  return problem(404, "not found",
                 "/livez, /readyz, /metrics, /api/v1/status, /api/v1/authorities, "
                 "/api/v1/authorities/NAME/keys, /api/v1/history, /api/v1/findings, "
                 "/api/v1/alerts, /api/v1/silences");
}

base::Result<storage::Reader> Responder::open_store() const {
  auto reader = storage::Reader::open(options_.database_path);
  if (!reader) return reader;
  const base::Duration until = options_.clock->boottime() + kStoreFor;
  reader->give_up_when([this, until] { return stopping_ || options_.clock->boottime() >= until; });
  return reader;
}

AdminResponse Responder::stored(const base::Result<Json>& document) {
  if (document) return json(*document);
  const base::Error& error = document.error();
  if (error.kind == base::ErrorKind::kInput) return problem(404, error.message);
  if (error.kind == base::ErrorKind::kBusy) {
    return problem(503, "the database takes too long to answer this",
                   "ask for less: authority, since, until, limit");
  }
  return problem(error);
}

AdminResponse Responder::keys(const AdminRequest& request, const watch::Snapshot& snapshot,
                              const std::string& authority) const {
  base::Instant at = options_.clock->wall();
  if (const auto text = query_value(request, "at")) {
    const auto given = base::parse_time_argument(*text, at);
    if (!given) return problem(given.error());
    at = *given;
  }
  auto reader = open_store();
  if (!reader) return problem(503, reader.error().message);
  return stored(watch::keys_document(*reader, authority, at, watched(snapshot, authority)));
}

AdminResponse Responder::history(const AdminRequest& request,
                                 const watch::Snapshot& snapshot) const {
  watch::HistoryQuestion question;
  question.authority = query_value(request, "authority").value_or("");
  question.type = query_value(request, "type").value_or("");
  question.before = query_value(request, "before").value_or("");
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
  auto reader = open_store();
  if (!reader) return problem(503, reader.error().message);
  return stored(watch::history_document(*reader, question, watched(snapshot, question.authority)));
}

AdminResponse Responder::refuse_body(const AdminRequest& request) const {
  if (auto refused = barred(request)) return std::move(*refused);
  if (!request.header("transfer-encoding").empty()) {
    return problem(411, "the body must come with a Content-Length");
  }
  return problem(413, fmt::format("the body is larger than {} bytes", kBodyBytesMax));
}

AdminResponse Responder::busy() {
  AdminResponse response = problem(503, "too many requests at once", "try again in a moment");
  response.headers["Retry-After"] = "1";
  return response;
}

std::optional<AdminResponse> Responder::too_many(const char* what) {
  std::optional<base::Duration> wait;
  {
    const base::MutexLock lock(mutex_);
    const base::Duration now = options_.clock->boottime();
    wait = per_minute_.take(now);
    if (!wait) wait = per_hour_.take(now);
  }
  if (!wait) return std::nullopt;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
  AdminResponse response =
      problem(429,
              fmt::format("too many {}: {} a minute and {} an hour are allowed", what,
                          kWritesPerMinute, kWritesPerHour),
              fmt::format("try again in {} s", seconds));
  response.headers["Retry-After"] = std::to_string(seconds);
  return response;
}

AdminResponse Responder::test(const AdminRequest& request) {
  if (!options_.test_receiver) return problem(501, "test messages cannot be sent from here");
  if (auto refused = too_many("test messages")) return *std::move(refused);
  const auto tests = options_.test_receiver(query_value(request, "receiver").value_or(""));
  if (!tests) return problem(tests.error());
  return json(tests_document(*tests), 202);
}

AdminResponse Responder::silence(const AdminRequest& request) {
  if (!options_.silence) return problem(501, "silences cannot be set from here");
  auto asked = alerts::parse_silence(request.body, options_.clock->wall());
  if (!asked) return problem(asked.error());
  if (auto refused = too_many("silences")) return *std::move(refused);
  const auto set = options_.silence(*std::move(asked));
  if (!set) return problem(set.error());
  return json(silences_document({&*set, 1}, options_.clock->wall()), 201);
}

AdminResponse Responder::unsilence(const AdminRequest& request) {
  if (!options_.unsilence) return problem(501, "silences cannot be ended from here");
  if (auto refused = too_many("silences")) return *std::move(refused);
  const auto ended = options_.unsilence(query_value(request, "id").value_or(""));
  if (!ended) return problem(ended.error());
  return json(silences_document({&*ended, 1}, options_.clock->wall()));
}

}  // namespace idpwatch::daemon
