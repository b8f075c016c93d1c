#include "daemon/importer.hpp"

#include "alerts/alert_center.hpp"
#include "base/text.hpp"
#include "daemon/pipeline.hpp"
#include "daemon/restore.hpp"
#include "model/observation_record.hpp"
#include "storage/reader.hpp"

#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace idpwatch::daemon {

namespace {

constexpr std::int64_t kRecordsPerCommit = 1000;

// Nothing is sent: there are no receivers.
class NoTransport final : public net::HttpTransport {
 public:
  net::RequestId start(net::HttpRequest /*request*/, Callback /*done*/) override { return 1; }
  void cancel(net::RequestId /*id*/) override {}
};

alerts::AlertsConfig silent(const Config& config) {
  alerts::AlertsConfig out;
  out.instance = config.instance;
  return out;
}

// Calls `each` with every line that is not blank and its number; stops at the first error.
template <class Each>
base::Status for_each_line(std::string_view text, Each each) {
  std::int64_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (base::Status done = each(line, number); !done) return done;
  }
  return base::Ok{};
}

class Import {
 public:
  Import(storage::Store& store, base::Random& random, const ImportOptions& options)
      : store_(store),
        options_(options),
        alerts_(silent(options.config), random, transport_),
        pipeline_(alerts_, nullptr, options.config.instance, store.next_seq()) {}

  base::Status restore_alerts(base::Instant now);
  base::Status check(std::string_view text, const std::string& name);
  base::Result<ImportReport> run(std::string_view text, const std::string& name);

 private:
  base::Result<AuthorityTrack*> track_of(const model::Observation& seen);
  base::Status take(const model::Observation& seen);
  void keep(model::Batch&& batch);
  base::Status commit();

  storage::Store& store_;
  const ImportOptions& options_;
  NoTransport transport_;
  alerts::AlertCenter alerts_;
  Pipeline pipeline_;
  std::vector<model::Batch>
      batches_;  // one a record, in one transaction: the chain keeps their order
  ImportReport report_;
};

base::Status Import::restore_alerts(base::Instant now) {
  auto stored = store_.reader().alerts();
  if (!stored) return base::fail(stored.error());
  alerts::Turn turn = alerts_.restore(now, std::move(*stored), {});
  keep(std::move(turn.batch));
  return base::Ok{};
}

void Import::keep(model::Batch&& batch) {
  if (!batch.empty()) batches_.push_back(std::move(batch));
}

// The first reading: every line a record, each newer than the one before it of its authority.
base::Status Import::check(std::string_view text, const std::string& name) {
  std::map<std::string, base::Instant, std::less<>> newest;
  model::RecordReader reader;
  return for_each_line(text, [&](std::string_view line, std::int64_t number) -> base::Status {
    const std::string where = name + ":" + std::to_string(number);
    auto seen = reader.read(line);
    if (!seen) return base::fail(base::Error(seen.error()).in(where));
    auto known = newest.find(seen->authority);
    if (known == newest.end()) {
      const auto span = store_.reader().last_span(seen->authority);
      if (!span) return base::fail(span.error());
      known = newest.emplace(seen->authority, *span ? (*span)->last : base::Instant::min()).first;
    }
    if (seen->at <= known->second) {
      return base::fail(
          base::make_error(base::ErrorKind::kInput,
                           "the record of '" + base::printable(seen->authority) + "' at " +
                               base::format_rfc3339(seen->at) + " is not newer than " +
                               base::format_rfc3339(known->second),
                           "records of an authority must be sorted by time and newer than what is "
                           "stored; import into another database with --db to start afresh")
              .in(where));
    }
    known->second = seen->at;
    return base::Ok{};
  });
}

base::Result<ImportReport> Import::run(std::string_view text, const std::string& name) {
  model::RecordReader reader;
  const base::Status done =
      for_each_line(text, [&](std::string_view line, std::int64_t number) -> base::Status {
        auto seen = reader.read(line);
        if (!seen) {
          return base::fail(base::Error(seen.error()).in(name + ":" + std::to_string(number)));
        }
        return take(*seen);
      });
  if (!done) return base::fail(done.error());
  keep(pipeline_.flush());
  if (const auto last = commit(); !last) return base::fail(last.error());
  report_.authorities = static_cast<std::int64_t>(pipeline_.tracks().size());
  return report_;
}

base::Result<AuthorityTrack*> Import::track_of(const model::Observation& seen) {
  if (AuthorityTrack* known = pipeline_.find(seen.authority)) return known;
  const Config& config = options_.config;
  model::AuthoritySpec spec = config.authority_of(seen.issuer);
  spec.name = seen.authority;
  if (seen.discovery) spec.metadata_url = seen.discovery->url;
  AuthorityTrack& track = pipeline_.watch(
      std::move(spec),
      {config.timeline, config.tls, config.clock.warn, config.instance, config.limits.body_bytes});
  const auto stored = load_track(store_.reader(), seen.authority);
  if (!stored) return base::fail(stored.error());
  if (*stored) track.restore(**stored);
  return &track;
}

base::Status Import::take(const model::Observation& seen) {
  const auto track = track_of(seen);
  if (!track) return base::fail(track.error());
  const net::Now now{seen.at, seen.at.time_since_epoch()};
  if (const auto due = alerts_.next_due(); due && *due <= seen.at) {
    keep(std::move(alerts_.tick(seen.at).batch));
  }
  alerts::Turn turn = pipeline_.observe(seen, now);
  report_.events += static_cast<std::int64_t>(turn.batch.events.size());
  keep(std::move(turn.batch));
  report_.records += 1;
  if (report_.records % kRecordsPerCommit != 0) return base::Ok{};
  if (options_.progress) options_.progress(report_.records);
  return commit();
}

base::Status Import::commit() {
  std::vector<const model::Batch*> group;
  group.reserve(batches_.size());
  for (const model::Batch& batch : batches_) group.push_back(&batch);
  const auto done = store_.commit_group(group);
  if (!done) return base::fail(done.error().error);
  batches_.clear();
  return base::Ok{};
}

}  // namespace

base::Result<ImportReport> import_records(std::string_view text, const std::string& name,
                                          storage::Store& store, base::Random& random,
                                          const ImportOptions& options) {
  Import import(store, random, options);
  if (const auto sound = import.check(text, name); !sound) return base::fail(sound.error());
  if (const auto restored = import.restore_alerts({}); !restored) {
    return base::fail(restored.error());
  }
  return import.run(text, name);
}

}  // namespace idpwatch::daemon
