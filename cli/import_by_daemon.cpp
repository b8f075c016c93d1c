#include "cli/import_by_daemon.hpp"

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/daemon_client.hpp"
#include "daemon/import_status.hpp"
#include "net/event_loop.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace idpwatch::cli {
namespace {

using nlohmann::json;

// Reading and checking 64 MiB takes a second or two; an overloaded host takes longer.
constexpr base::Duration kCheckedWithin = base::minutes(2);
constexpr base::Duration kLookEvery = base::milliseconds(100);
constexpr std::size_t kAnswerBytesMax = std::size_t{1024} * 1024;

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

base::Result<json> document_of(const DaemonAnswer& answer) {
  auto parsed = base::parse_json(answer.body, {kAnswerBytesMax, 16});
  if (!parsed || !parsed->value->is_object()) {
    return base::fail(base::ErrorKind::kUnreachable,
                      fmt::format("what answers ({}) is no idpwatch", answer.status));
  }
  return std::move(*parsed->value);
}

// 400, 413, 415: the file; all else: the daemon.
base::Error refusal(const DaemonAnswer& answer) {
  const auto document = document_of(answer);
  if (!document) return document.error();
  const bool file = answer.status == 400 || answer.status == 413 || answer.status == 415;
  if (answer.status == 404 || answer.status == 405 || answer.status == 501) {
    return base::make_error(base::ErrorKind::kUnreachable,
                            "the running daemon cannot import records",
                            "it is of another version: stop it, import, and start it again");
  }
  return base::make_error(file ? base::ErrorKind::kInput : base::ErrorKind::kUnreachable,
                          "the daemon refuses: " + text_of(*document, "message"),
                          text_of(*document, "hint"));
}

base::Error too_large(const std::string& name, std::size_t bytes) {
  return base::make_error(
      base::ErrorKind::kInput,
      fmt::format("{} has {} MiB, and the running daemon takes {} MiB at once", name,
                  bytes / 1024 / 1024, daemon::kImportBytesMax / 1024 / 1024),
      "stop the daemon and import then, or cut the file by time: each part is taken whole or not "
      "at all");
}

base::Result<json> ask(const daemon::Config& config, Method method, const std::string& path,
                       const Upload& upload, base::Duration timeout, long wanted) {
  const auto answer = ask_daemon(config, method, path, timeout, upload);
  if (!answer) return base::fail(answer.error());
  if (answer->status != wanted) return base::fail(refusal(*answer));
  return document_of(*answer);
}

}  // namespace

base::Result<daemon::ImportReport> import_by_daemon(
    const daemon::Config& config, const std::string& name, std::string_view text,
    const std::function<void(std::int64_t records, std::int64_t of)>& progress) {
  if (text.size() > daemon::kImportBytesMax) return base::fail(too_large(name, text.size()));
  const std::string path = "/api/v1/import";
  progress(0, 0);
  const base::SystemClock clock;
  const auto loop = net::EventLoop::create(clock);
  if (!loop) return base::fail(loop.error());
  auto job = ask(config, Method::kPost, path + "?name=" + percent_encode(name),
                 {text, "application/x-ndjson"}, kCheckedWithin, 202);
  if (!job) return base::fail(job.error());
  const std::int64_t id = number_of(*job, "id");
  while (text_of(*job, "state") == "running") {
    progress(number_of(*job, "records"), number_of(*job, "of"));
    (*loop)->turn(kLookEvery);
    job = ask(config, Method::kGet, path, {}, base::seconds(10), 200);
    if (!job) {
      return base::fail(
          base::ErrorKind::kUnreachable, "the daemon went away while it had the file",
          "one that is told to end stores the whole file first, one that is killed nothing of it: "
          "import it again to see");
    }
    if (number_of(*job, "id") != id) {
      return base::fail(base::ErrorKind::kUnreachable,
                        "the daemon was restarted, or was given another file meanwhile",
                        "the file is stored whole or not at all: import it again to see");
    }
  }
  if (text_of(*job, "state") != "done") {
    const json error = job->value("error", json::object());
    return base::fail(
        base::ErrorKind::kStorage,
        fmt::format("the daemon stopped at {} of {} records: {}", number_of(*job, "records"),
                    number_of(*job, "of"), error.is_object() ? text_of(error, "message") : ""),
        error.is_object() ? text_of(error, "hint") : "");
  }
  daemon::ImportReport report;
  report.records = number_of(*job, "records");
  report.events = number_of(*job, "events");
  return report;
}

}  // namespace idpwatch::cli
