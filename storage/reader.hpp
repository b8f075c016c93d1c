// Questions to the store: for the command line and the admin listener by an own read-only
// connection, beside the daemon that writes; for the daemon's start on the writing connection
// (Store::reader()).
//
// Every call is one short read transaction, so that readers never hold the WAL back. Knows nothing
// about the words of the command line. Not safe for two threads at once: one Reader a thread.
// Errors: kStorage, kNotFound (no database, or an authority that is not known).
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/batch.hpp"
#include "storage/audit.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::storage {

class Database;

struct AuthorityInfo {
  std::string name, issuer;
};

enum class KeyState { kLive, kAbsent, kWithdrawn };  // absent: gone, but not yet confirmed
std::string_view to_text(KeyState state);

struct KeyView {
  model::Kid kid;
  std::string thumbprint, kty, crv, alg, use;
  unsigned bits = 0;
  base::Instant first_seen, last_seen;
  KeyState state = KeyState::kLive;
};

// The last good set not after `at` (docs/storage.md), with the keys that left it.
struct KeySetView {
  AuthorityInfo authority;
  base::Instant at;
  // The last look up to `at` that saw that set (within a stretch of equal looks, as if they were
  // evenly spread); nullopt: no good one by then.
  std::optional<base::Instant> observed_at;
  std::vector<KeyView> keys;  // live ones in the order of the document, then the others
};

struct EventFilter {
  std::string authority;                      // name; empty: all
  std::optional<base::Instant> since, until;  // both included
  std::int64_t after_seq = -1;
  std::string type;           // "key.published", "key." for all that begin so; empty: all
  std::size_t limit = 0;      // 0: no limit
  bool newest_first = false;  // with a limit: the newest ones
  // With newest_first: only those that come before this one, by (at, seq).
  std::optional<std::pair<base::Instant, std::int64_t>> before;
};

// Bytes, as the bounds of a day count them.
struct StoredSize {
  std::size_t bodies = 0, rows = 0;
};

class Reader {
 public:
  // `path` as in Store::open; nothing is created. Also for a cleanly closed database in a
  // directory that we may not write to.
  static base::Result<Reader> open(const std::filesystem::path& path);
  // For the one who holds the writer's lock, on a disk where no shared memory can be made: keeps
  // all others out as long as it is open. As of the last checkpoint where the log cannot be read
  // either.
  static base::Result<Reader> open_alone(const std::filesystem::path& file);
  // For when nothing can be read: a store without a row.
  static base::Result<Reader> of_nothing();
  explicit Reader(std::shared_ptr<Database> database);

  // Asked now and then while a question is answered: true ends it, as kBusy.
  void give_up_when(std::function<bool()> enough);

  // In order of name.
  base::Result<std::vector<AuthorityInfo>> authorities();
  base::Result<std::optional<AuthorityInfo>> find_authority(std::string_view name_or_issuer);

  // `at` may lie in the future. AUTHORITY is a name or an issuer.
  base::Result<KeySetView> key_set(std::string_view authority, base::Instant at);
  // In order of (at, seq), or the reverse: imports may be older than what was stored before.
  base::Result<std::vector<model::Event>> events(const EventFilter& filter);
  // nullopt: never stored.
  base::Result<std::optional<std::string>> document(std::string_view sha256_hex);

  // The state that a timeline goes on from, of one authority by name; empty when unknown.
  base::Result<std::optional<model::TimelineState>> timeline(std::string_view authority);
  base::Result<std::vector<model::TimelineState>> timelines();
  base::Result<std::vector<model::KeyRecord>> keys(std::string_view authority);
  base::Result<std::vector<model::KidRecord>> kids(std::string_view authority);
  base::Result<std::vector<model::Sighting>> sightings(std::string_view authority);
  base::Result<std::optional<model::ObservationSpan>> last_span(std::string_view authority);
  // Those that touch [since, until], in order of their first instant.
  base::Result<std::vector<model::ObservationSpan>> spans(std::string_view authority,
                                                          base::Instant since, base::Instant until,
                                                          std::size_t limit = 0);

  // What an authority has taken since then.
  base::Result<StoredSize> stored_since(std::string_view authority, base::Instant since);
  // Alert transitions that stand in the chain since then (the beginning of a day), by finding id.
  base::Result<std::map<std::string, int>> transitions_since(base::Instant since);
  // What the notes of that kind say (JSON), the oldest first.
  base::Result<std::vector<std::string>> notes_of(std::string_view kind);

  // All that are stored: removed ones are gone.
  base::Result<std::vector<model::Alert>> alerts();
  // In the order in which they were queued: docs/alerts.md.
  base::Result<std::vector<model::OutboxMessage>> outbox();
  base::Result<std::int64_t> outbox_count();

  // This error, which a call just gave, says that the file holds what was never written.
  [[nodiscard]] bool says_damage(const base::Error& error) const;

  // `known_head` (hex): a head kept elsewhere; the chain must contain it.
  base::Result<AuditReport> verify_audit(std::string_view known_head = {});
  base::Status export_audit(const LineSink& sink);

 private:
  std::shared_ptr<Database> database_;
};

}  // namespace idpwatch::storage
