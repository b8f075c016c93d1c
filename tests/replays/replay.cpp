#include "tests/replays/replay.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/url.hpp"
#include "storage/sqlite.hpp"
#include "watch/importer.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <deque>
#include <fstream>
#include <set>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace idpwatch::replays {

namespace {

constexpr const char* kReceiver = "https://hooks.test/oncall";

// An RSA key of that name: any odd number of 2048 bits will do where nothing is signed.
base::Json named_key(const std::string& name) {
  std::string modulus;
  for (int part = 0; part < 8; ++part) modulus += base::sha256(name + std::to_string(part));
  modulus.front() = static_cast<char>(modulus.front() | '\x80');
  modulus.back() = static_cast<char>(modulus.back() | '\x01');
  return {{"kty", "RSA"}, {"use", "sig"}, {"alg", "RS256"},
          {"kid", name},  {"e", "AQAB"},  {"n", base::base64url_encode(modulus)}};
}

std::filesystem::path fresh_dir() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "idpwatch-replay-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  return pattern;
}

}  // namespace

std::string key_text(const std::string& name) { return named_key(name).dump(); }

// Commits at once and acknowledges in the next turn; while the store fails, it keeps what it is
// given and says so.
class Replay::SyncPort final : public watch::StorePort {
 public:
  explicit SyncPort(Replay& replay) : replay_(replay) {}
  bool submit(std::uint64_t ticket, model::Batch&& batch) override {
    if (failing_ && waiting_.size() >= room) return false;
    rows += batch.documents.size() + batch.spans.size() + batch.keys.size() + batch.kids.size() +
            batch.sightings.size() + batch.timelines.size() + batch.events.size() +
            batch.notes.size() + batch.alerts.size() + batch.outbox.size();
    waiting_.emplace_back(ticket, std::move(batch));
    if (!failing_) commit_waiting();
    return true;
  }
  void compact(const storage::Retention& retention) override {
    while (!failing_ && !discard) {
      const auto more = replay_.store_->compact_slice(retention);
      if (!more) throw std::runtime_error(more.error().text());
      if (!*more) return;
    }
  }
  [[nodiscard]] std::optional<storage::Fault> fault() const override {
    if (!failing_) return std::nullopt;
    return storage::Fault{storage::FaultClass::kRetry, 13,
                          base::make_error(base::ErrorKind::kStorage, "the disk is full")};
  }
  // What was given and not committed dies with the process.
  void forget() { waiting_.clear(); }
  std::size_t room = 1'000'000, rows = 0;
  bool discard = false;
  void fail(bool failing) {
    failing_ = failing;
    if (!failing_) commit_waiting();
    replay_.scheduler_.soon([this](const net::Now&) {
      if (replay_.watch_) replay_.watch_->store_changed();
    });
  }

 private:
  void commit_waiting() {
    for (auto& [number, batch] : waiting_) {
      if (discard) {
        acknowledge({number, {}, {}});
        continue;
      }
      if (replay_.spoil) replay_.spoil(batch);
      const model::Batch* const one = &batch;
      auto done = storage::commit_what_can_be(*replay_.store_, {&one, 1});
      if (!done) throw std::runtime_error(done.error().error.text());
      const auto& rejected = done->front().rejected;
      if (rejected && !replay_.spoil) throw std::runtime_error(rejected->error);
      acknowledge({number, std::move(done->front()), {}});
    }
    waiting_.clear();
  }

  void acknowledge(storage::Ack ack) {
    replay_.scheduler_.soon([this, ack = std::move(ack)](const net::Now&) {
      if (replay_.watch_) replay_.watch_->stored(ack);
    });
  }

  Replay& replay_;
  bool failing_ = false;
  std::deque<std::pair<std::uint64_t, model::Batch>> waiting_;
};

Replay::Replay()
    : dir_(fresh_dir()),
      http_(
          scheduler_, [this](const net::HttpRequest& request) { return answer(request); },
          base::milliseconds(30)),
      port_(std::make_unique<SyncPort>(*this)) {
  http_.on_start = [this](const net::HttpRequest& request) {
    if (http_.remember) asked_at_[request.url].push_back(clock_.wall());
    const auto blocked = blocks_.extract(request.url);
    if (!blocked.empty()) block(base::milliseconds(10), blocked.mapped());
  };
  config.state_dir = dir_.string();
  config.instance = config.alerts.instance = "replay";
  config.alerts.group_wait = base::Duration(0);
  config.alerts.group_interval = base::seconds(1);
  alerts::ReceiverConfig receiver;
  receiver.name = "oncall";
  receiver.url = kReceiver;
  config.alerts.receivers = {receiver};
  alerts::Route all;
  all.receivers = {"oncall"};
  config.alerts.routes = {all};
}

Replay::~Replay() {
  watch_.reset();
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void Replay::authority(const std::string& name, const std::string& issuer,
                       const std::vector<std::string>& with_keys) {
  config::AuthorityConfig authority;
  authority.spec.name = name;
  authority.spec.issuer = issuer;
  config.authorities.push_back(authority);
  auto servers = std::make_shared<alerts::AuthorityServers>(*config.alerts.servers);
  servers->insert_or_assign(name, base::parse_url(issuer)->host_port());
  config.alerts.servers = std::move(servers);
  const base::Json discovery = {{"issuer", issuer},
                                {"jwks_uri", issuer + "/jwks"},
                                {"response_types_supported", {"code"}},
                                {"subject_types_supported", {"public"}},
                                {"id_token_signing_alg_values_supported", {"RS256"}}};
  document(base::discovery_url(issuer), 200, discovery.dump());
  if (!with_keys.empty()) keys(issuer, with_keys);
}

void Replay::keys(const std::string& issuer, const std::vector<std::string>& names) {
  base::Json set = {{"keys", base::Json::array()}};
  for (const std::string& name : names) set["keys"].push_back(named_key(name));
  document(issuer + "/jwks", 200, set.dump());
}

void Replay::document(const std::string& url, int status, const std::string& body) {
  documents_[url] = {status, body};
}

void Replay::fail(const std::string& issuer, model::FailureKind kind, model::FailureDetail detail) {
  failures_[issuer] = {kind, detail, "scripted"};
}

void Replay::mend(const std::string& issuer) { failures_.erase(issuer); }

net::HttpResponse Replay::answer(const net::HttpRequest& request) {
  if (request.url == kReceiver) return take_message(request);
  if (provider) {
    if (auto given = provider(request)) return *std::move(given);
  }
  const auto url = base::parse_url(request.url);
  if (const auto failing = failures_.find(url->origin()); failing != failures_.end()) {
    return fakes::http_failure(failing->second.kind, failing->second.detail);
  }
  const auto found = documents_.find(request.url);
  if (found == documents_.end()) return fakes::http_answer(404, "nothing here");
  const auto& [status, body] = found->second;
  const std::string etag = "\"" + base::sha256_hex(body).substr(0, 16) + "\"";
  if (etags_ && fakes::header_of(request, "If-None-Match") == etag) return fakes::http_answer(304);
  std::vector<net::Header> headers = {{"content-type", "application/json"}};
  if (etags_) headers.emplace_back("etag", etag);
  if (!retry_after.empty()) headers.emplace_back("retry-after", retry_after);
  net::HttpResponse response = fakes::http_answer(status, body, headers);
  if (const auto offset = clock_offsets.find(url->origin()); offset != clock_offsets.end()) {
    const base::Instant now = clock_.wall();
    response.clock = model::ClockSample{
        now - base::milliseconds(30), now, clock_.boottime(),
        std::chrono::floor<std::chrono::seconds>(now + offset->second), std::nullopt};
  }
  if (const auto ends = certificates.find(url->origin()); ends != certificates.end()) {
    model::TlsFacts facts;
    facts.leaf_sha256 = std::string(64, 'a');
    facts.not_after = ends->second;
    response.tls = std::make_shared<const model::TlsFacts>(std::move(facts));
  }
  return response;
}

net::HttpResponse Replay::take_message(const net::HttpRequest& request) {
  if (receiver_status_ / 100 != 2) return fakes::http_answer(receiver_status_);
  const base::Json body = base::Json::parse(request.body);
  Message message;
  message.at = clock_.wall();
  message.receiver_url = request.url;
  message.id = fakes::header_of(request, "webhook-id");
  message.type = body["type"];
  message.body = request.body;
  const base::Json& data = body["data"];
  if (data.contains("group")) message.rule = data["group"].value("rule", "");
  if (data.contains("event")) message.event_type = data["event"].value("type", "");
  if (remembers_) messages_.push_back(std::move(message));
  return fakes::http_answer(receiver_status_);
}

void Replay::remember_nothing() {
  http_.remember = remembers_ = false;
  port_->discard = true;
}

std::size_t Replay::rows_given() const { return port_->rows; }

void Replay::store_fails(bool fails) { port_->fail(fails); }

void Replay::store_queues(std::size_t batches) { port_->room = batches; }

void Replay::open_store() {
  storage::OpenOptions options;
  options.now = clock_.wall();
  options.instance = config.instance;
  auto store = storage::Store::open(dir_, options);
  REQUIRE(store.has_value());
  store_ = std::make_unique<storage::Store>(std::move(*store));
}

void Replay::import(const std::string& records) {
  open_store();
  const auto done =
      watch::import_records(records, "records", *store_, random_, {config, clock_.wall(), {}});
  INFO((done ? std::string() : done.error().text()));
  REQUIRE(done.has_value());
  store_.reset();
}

void Replay::import_killed_after(const std::string& records, std::int64_t done) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto kill_self = [done](std::int64_t so_far, std::int64_t /*of*/) {
      if (so_far >= done) ::raise(SIGKILL);
    };
    open_store();
    const auto ended = watch::import_records(records, "records", *store_, random_,
                                             {config, clock_.wall(), kill_self});
    ::_exit(ended ? 1 : 2);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

void Replay::start(bool past_known) {
  open_store();
  const watch::WatchParts parts{scheduler_,
                                http_,
                                random_,
                                working_clock_,
                                *port_,
                                background_,
                                backlog,
                                [this] { return kernel_clock; },
                                [this] { return store_->moved_aside(); },
                                {},
                                storage_limits};
  watch_ = std::make_unique<watch::Watch>(parts, std::make_shared<config::Config>(config));
  if (!past_known) blind_ = std::make_unique<storage::Reader>(*storage::Reader::of_nothing());
  const auto started = watch_->start(past_known ? store_->reader() : *blind_, past_known);
  REQUIRE(started.has_value());
  scheduler_.run_due();  // what is deployed is read
}

void Replay::crash_and_start() {
  watch_.reset();
  http_.waiting.clear();
  port_->forget();
  store_.reset();
  start();
}

void Replay::crash_and_start_blind() {
  watch_.reset();
  http_.waiting.clear();
  port_->forget();
  store_.reset();
  start(false);
}

void Replay::read_again() {
  *blind_ = storage::Reader::open(dir_).value();
  watch_->past_is_readable();
}

void Replay::damage_and_start() {
  watch_.reset();
  http_.waiting.clear();
  port_->forget();
  store_.reset();
  {
    // The header stays: it is still one of ours, with a first page that says nothing.
    std::fstream file(dir_ / "idpwatch.db", std::ios::in | std::ios::out | std::ios::binary);
    REQUIRE(file.good());
    const std::string rubbish(3900, '\x55');
    file.seekp(100);
    file.write(rubbish.data(), static_cast<std::streamsize>(rubbish.size()));
  }
  start();
}

void Replay::upgrade_from(int version) {
  watch_->drain();
  scheduler_.run_due();
  watch_.reset();
  http_.waiting.clear();
  store_.reset();
  {
    const auto old = storage::Database::open(database(), storage::Access::kReadWrite);
    REQUIRE(old.has_value());
    // What the migrations since then have made.
    REQUIRE(version == 1);
    REQUIRE(
        (*old)->execute("DROP INDEX span_good; DROP INDEX span_discovery;"
                        "DROP INDEX span_jwks; PRAGMA user_version=1"));
  }
  start();
}

void Replay::reload() {
  const auto done = try_reload();
  REQUIRE(done.has_value());
}

base::Status Replay::try_reload() {
  auto done = watch_->reload(std::make_shared<config::Config>(config));
  scheduler_.run_due();
  return done;
}

void Replay::rename_table(const std::string& from, const std::string& to) {
  const auto database = storage::Database::open(dir_ / "idpwatch.db", storage::Access::kReadWrite);
  REQUIRE(database.has_value());
  REQUIRE((*database)->execute("ALTER TABLE " + from + " RENAME TO " + to));
}

std::uintmax_t Replay::bytes_on_disk() {
  REQUIRE(store_->checkpoint());
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

void Replay::advance(base::Duration by) { scheduler_.advance(by); }

std::string type_of(const base::Json& finding) {
  const std::string state = finding["state"];
  if (state == "opened") return "alert.firing";
  if (state == "firing") return {};
  return "alert." + state;
}

void Replay::block(base::Duration after, base::Duration lasting) {
  scheduler_.at(clock_.boottime() + after,
                [this, lasting](const net::Now&) { clock_.advance(lasting); });
}

void Replay::block_at(const std::string& url, base::Duration lasting) { blocks_[url] = lasting; }

std::vector<base::Instant> Replay::asked_at(const std::string& url) const {
  const auto found = asked_at_.find(url);
  return found == asked_at_.end() ? std::vector<base::Instant>() : found->second;
}

std::vector<std::string> Replay::told(std::size_t from) const {
  std::vector<std::string> out;
  for (std::size_t i = from; i < messages_.size(); ++i) {
    const Message& message = messages_[i];
    if (message.rule.empty()) {
      out.push_back(message.type + " " + message.event_type);
      continue;
    }
    std::set<std::string> lines;
    const base::Json body = base::Json::parse(message.body);
    for (const base::Json& finding : body["data"]["findings"]) {
      const std::string type = type_of(finding);
      if (!type.empty()) lines.insert(type + " " + finding["rule"].get<std::string>());
    }
    out.insert(out.end(), lines.begin(), lines.end());
  }
  return out;
}

std::vector<model::Event> Replay::events() { return store_->reader().events({}).value(); }

std::vector<model::Event> Replay::events_in_order() {
  std::vector<model::Event> out = events();
  std::ranges::sort(out, {}, &model::Event::seq);
  return out;
}

std::vector<std::string> Replay::event_types(std::size_t from) {
  std::vector<std::string> out;
  const auto all = events();
  for (std::size_t i = from; i < all.size(); ++i) out.emplace_back(model::to_text(all[i].type));
  return out;
}

}  // namespace idpwatch::replays
