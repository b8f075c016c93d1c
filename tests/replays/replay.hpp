// The daemon's own logic (watch/watch.hpp, a real database) on a virtual clock: what each
// authority serves is set, time is advanced, and what was stored and sent is looked at.
//
//   Replay replay;
//   replay.authority("shop", "https://shop.test", {"k1"});
//   replay.advance(minutes(10));
#pragma once

#include "base/json.hpp"
#include "base/random.hpp"
#include "storage/store.hpp"
#include "tests/fakes/fake_background.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_http.hpp"
#include "tests/fakes/fake_scheduler.hpp"
#include "watch/watch.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::replays {

// How a finding of a message stands in it, as the type of a message about it alone; "": as before.
std::string type_of(const base::Json& finding);

// The key of that name as a JWK, JSON text.
std::string key_text(const std::string& name);

struct Message {
  base::Instant at;
  std::string receiver_url, id, type, rule, event_type, body;
};

class Replay {
 public:
  Replay();
  ~Replay();

  config::Config config;  // may be changed before start(), and for reload()

  // Watched, and with these keys from the start.
  void authority(const std::string& name, const std::string& issuer,
                 const std::vector<std::string>& keys = {});
  // Documents of an issuer. Key names stand for themselves: the same name is the same key.
  void keys(const std::string& issuer, const std::vector<std::string>& names);
  void document(const std::string& url, int status, const std::string& body);
  // From now on, until mend().
  void fail(const std::string& issuer, model::FailureKind kind,
            model::FailureDetail detail = model::FailureDetail::kNone);
  void mend(const std::string& issuer);
  // Answers unchanged documents with 304 when asked conditionally.
  void use_etags() { etags_ = true; }
  // Answers in place of the documents, where it gives an answer.
  std::function<std::optional<net::HttpResponse>(const net::HttpRequest&)> provider;
  std::string retry_after;  // a header of all documents; empty: none
  void receiver_answers(int status) { receiver_status_ = status; }

  // As with a full disk, until it is false again.
  void store_fails(bool fails);
  // As with a mount that does not answer, until it is false again.
  void files_hang(bool hang) { background_.hang(hang); }
  // How many batches the store's queue takes while it fails.
  void store_queues(std::size_t batches);
  // Makes a batch one that the store rejects in part, as a mistake of ours would.
  std::function<void(model::Batch&)> spoil;
  watch::StoreBacklogLimits backlog;
  watch::StorageLimits storage_limits;
  std::optional<base::KernelClock> kernel_clock;
  std::map<std::string, base::Duration> clock_offsets;  // by issuer: it sends Date, off by so much
  std::map<std::string, base::Instant> certificates;    // by issuer: until when it is valid

  // Recorded observations, JSON Lines, as `idpwatch import` takes them; before start().
  void import(const std::string& records);
  // In a process of its own, which is killed once so many are done.
  void import_killed_after(const std::string& records, std::int64_t done);
  void start(bool past_known = true);
  // As after kill -9, with a database that cannot be read, until read_again().
  void crash_and_start_blind();
  void read_again();
  // As after kill -9: what was not committed is gone.
  void crash_and_start();
  // Ends in good order, and goes on as a newer idpwatch with the database of that schema version.
  void upgrade_from(int version);
  void reload();
  base::Status try_reload();
  // So that questions to that table fail, as with a damaged database.
  void rename_table(const std::string& from, const std::string& to);
  // As crash_and_start(), with a database that was damaged in between.
  void damage_and_start();
  void advance(base::Duration by);

  // Results of the outside: all messages that receivers took, in order.
  [[nodiscard]] const std::vector<Message>& messages() const { return messages_; }
  // What the messages say, one line an event and one a rule whose findings opened, changed or
  // ended: "alert.firing authority-unreachable", "event key.published", ...
  [[nodiscard]] std::vector<std::string> told(std::size_t from = 0) const;
  [[nodiscard]] std::vector<model::Event> events();
  // By the order in which they were stored.
  [[nodiscard]] std::vector<model::Event> events_in_order();
  [[nodiscard]] std::vector<std::string> event_types(std::size_t from = 0);
  [[nodiscard]] storage::Reader& reader() { return store_->reader(); }
  [[nodiscard]] watch::Watch& watch() { return *watch_; }
  [[nodiscard]] const watch::Watch& watch() const { return *watch_; }
  [[nodiscard]] fakes::FakeClock& clock() { return clock_; }
  // What each reading of the clock by the daemon's logic costs: above all, one judgement.
  void work_takes(base::Duration each) { working_clock_.cost = each; }
  // The loop does not run for so long, in the middle of a turn or stopped from outside.
  void block(base::Duration after, base::Duration lasting);
  // Once, while the next request to that URL is under way.
  void block_at(const std::string& url, base::Duration lasting);
  // Rows that the watch gave to the store, also while nothing is stored.
  [[nodiscard]] std::size_t rows_given() const;
  // Of all files of the store, with nothing in its log.
  [[nodiscard]] std::uintmax_t bytes_on_disk();
  [[nodiscard]] std::filesystem::path database() const { return dir_ / "idpwatch.db"; }
  [[nodiscard]] std::size_t requests() const { return http_.count(); }
  // For a run of very many requests: nothing is stored, and what was asked for and sent is not
  // remembered.
  void remember_nothing();
  // When that URL was asked for, since the start.
  [[nodiscard]] std::vector<base::Instant> asked_at(const std::string& url) const;
  void set_latency(base::Duration latency) { http_.latency = latency; }  // 30 ms at first

 private:
  class SyncPort;
  void open_store();
  net::HttpResponse answer(const net::HttpRequest& request);
  net::HttpResponse take_message(const net::HttpRequest& request);

  std::filesystem::path dir_;
  fakes::FakeClock clock_;
  fakes::WorkingClock working_clock_{clock_};
  fakes::FakeScheduler scheduler_{clock_};
  fakes::FakeBackground background_{scheduler_};
  fakes::FakeHttp http_;
  base::SeededRandom random_{42};
  std::map<std::string, std::pair<int, std::string>> documents_;
  std::map<std::string, std::vector<base::Instant>> asked_at_;
  std::map<std::string, base::Duration> blocks_;    // by URL
  std::map<std::string, model::Failure> failures_;  // by origin
  bool etags_ = false;
  int receiver_status_ = 204;
  std::vector<Message> messages_;
  bool remembers_ = true;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::Reader> blind_;
  std::unique_ptr<SyncPort> port_;
  std::unique_ptr<watch::Watch> watch_;
};

}  // namespace idpwatch::replays
