#include "storage/rejected.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace idpwatch::storage {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Json;
using base::Result;
using base::Status;

namespace {

std::string time_text(base::Instant at) { return base::format_rfc3339(at); }

Json optional_text(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json(nullptr);
}

base::Error unwritable(const fs::path& file, int error) {
  return base::make_error(ErrorKind::kUnreadable, "cannot write " + file.string() + ": " +
                                                      std::generic_category().message(error));
}

void remove_oldest(const fs::path& directory, const fs::path& but) {
  std::error_code ignored;
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path() != but && entry.path().extension() == ".jsonl") {
      files.emplace_back(entry.last_write_time(ignored), entry.path());
    }
  }
  std::ranges::sort(files);
  for (std::size_t i = 0; i + RejectedRows::kFilesMax <= files.size(); ++i) {
    fs::remove(files[i].second, ignored);
  }
}

Status append(const fs::path& file, const std::vector<std::string>& lines) {
  const int fd = ::open(file.c_str(),
                        O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (fd < 0) return base::fail(unwritable(file, errno));
  struct stat found{};
  int error = ::fstat(fd, &found) == 0 && S_ISREG(found.st_mode) ? 0 : EINVAL;
  auto room = static_cast<std::size_t>(RejectedRows::kFileMax);
  room -= std::min(room, static_cast<std::size_t>(found.st_size));
  std::string text;
  for (const std::string& line : lines) {
    if (text.size() + line.size() > room) break;
    text += line;
  }
  if (error == 0 && text.empty()) error = EFBIG;
  if (error == 0 && ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    error = errno;
  }
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  ::close(fd);
  if (error != 0) return base::fail(unwritable(file, error));
  return base::Ok{};
}

}  // namespace

void RejectedRows::add_line(std::string_view kind, const base::Error& why, std::string value) {
  ++rows_;
  ++kinds_[std::string(kind)];
  const std::string error = base::printable(why.message, 500);
  if (first_error_.empty()) first_error_ = error;
  if (value.size() > kLineMax) {
    const Json cut = {{"bytes", value.size()},
                      {"sha256", base::sha256_hex(value)},
                      {"begins", base::printable(std::string_view(value).substr(0, 1000), 1000)}};
    value = base::canonical_json(cut);
  }
  std::string line = "{\"row\":" + base::canonical_json(Json(std::string(kind))) +
                     ",\"error\":" + base::canonical_json(Json(error)) + ",\"value\":" + value +
                     "}\n";
  if (bytes_ + line.size() > kFileMax) return;
  bytes_ += line.size();
  lines_.push_back(std::move(line));
}

void RejectedRows::add(const model::Document& document, const base::Error& why) {
  const Json value = {{"sha256", document.sha256},
                      {"bytes", document.bytes ? base::repair_utf8(*document.bytes) : ""}};
  add_line("document", why, base::canonical_json(value));
}

void RejectedRows::add(const model::ObservationSpan& span, const base::Error& why) {
  const Json value = {{"authority", span.authority},
                      {"issuer", span.issuer},
                      {"first", time_text(span.first)},
                      {"last", time_text(span.last)},
                      {"count", span.count},
                      {"discovery_status", span.discovery_status},
                      {"discovery_url", span.discovery_url},
                      {"discovery_failure", span.discovery_failure},
                      {"discovery_sha256", span.discovery_sha256},
                      {"jwks_status", span.jwks_status},
                      {"jwks_url", span.jwks_url},
                      {"jwks_failure", span.jwks_failure},
                      {"jwks_sha256", span.jwks_sha256},
                      {"jwks_good", span.jwks_good}};
  add_line("span", why, base::canonical_json(value));
}

void RejectedRows::add(const model::Sighting& sighting, const base::Error& why) {
  const Json value = {{"authority", sighting.authority},    {"thumbprint", sighting.thumbprint},
                      {"kid", optional_text(sighting.kid)}, {"members", sighting.members},
                      {"first", time_text(sighting.first)}, {"last", time_text(sighting.last)}};
  add_line("sighting", why, base::canonical_json(value));
}

void RejectedRows::add(const model::KeyRecord& key, const base::Error& why) {
  Json value = {{"authority", key.authority},
                {"thumbprint", key.thumbprint},
                {"kty", key.kty},
                {"alg", key.alg},
                {"use", key.use},
                {"kids", Json::array()},
                {"first_seen", time_text(key.first_seen)},
                {"last_seen", time_text(key.last_seen)}};
  for (const model::Kid& kid : key.kids_ever) value["kids"].push_back(optional_text(kid));
  add_line("key", why, base::canonical_json(value));
}

void RejectedRows::add(const model::KidRecord& kid, const base::Error& why) {
  const Json value = {
      {"authority", kid.authority}, {"kid", kid.kid}, {"thumbprints", kid.last_thumbprints}};
  add_line("kid", why, base::canonical_json(value));
}

void RejectedRows::add(const model::TimelineState& state, const base::Error& why) {
  const Json value = {{"authority", state.authority},
                      {"last_set", state.last_set},
                      {"jwks_sha256", state.jwks_sha256},
                      {"discovery_sha256", state.discovery_sha256}};
  add_line("timeline", why, base::canonical_json(value));
}

void RejectedRows::add(const model::Event& event, const base::Error& why) {
  add_line("event", why, base::canonical_json(model::to_json(event)));
}

void RejectedRows::add(const model::AuditNote& note, const base::Error& why) {
  const Json value = {{"at", time_text(note.at)}, {"kind", note.kind}, {"data", note.data}};
  add_line("note", why, base::canonical_json(value));
}

void RejectedRows::add(const model::Alert& alert, const base::Error& why) {
  add_line("alert", why, base::canonical_json(model::to_json(alert)));
}

void RejectedRows::add(const model::OutboxMessage& message, const base::Error& why) {
  const Json value = {{"id", message.id},
                      {"receiver", message.receiver},
                      {"group", message.group},
                      {"type", message.type},
                      {"body", message.body}};
  add_line("message", why, base::canonical_json(value));
}

void RejectedRows::add(const std::string& alert_removed, const base::Error& why) {
  add_line("alert_removed", why, base::canonical_json(Json(alert_removed)));
}

void RejectedRows::add(const std::pair<std::string, std::string>& message_done,
                       const base::Error& why) {
  const Json value = {{"id", message_done.first}, {"receiver", message_done.second}};
  add_line("message_done", why, base::canonical_json(value));
}

Result<fs::path> RejectedRows::keep(const fs::path& directory, const std::string& name) const {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::fail(unwritable(directory, errno));
  }
  const fs::path file = directory / name;
  if (Status appended = append(file, lines_); !appended) return base::fail(appended.error());
  remove_oldest(directory, file);
  return file;
}

}  // namespace idpwatch::storage
