#include "watch/importer.hpp"

#include "alerts/alert_center.hpp"
#include "base/text.hpp"
#include "model/observation_record.hpp"
#include "watch/pipeline.hpp"
#include "watch/restore.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace idpwatch::watch {

namespace {

// Parts of the one transaction: what is in memory at once.
constexpr std::int64_t kRecordsPerPart = 1000;
// How far ahead of this host's clock the clock of whoever recorded may be. What is later is a
// mistake that the append-only chain would keep for ever, and that would hide live probes until
// then.
constexpr base::Duration kAheadMax = base::minutes(5);
// OpenID Connect is of 2014: what is older than this comes from a clock that was never set.
constexpr base::Instant kEarliest{std::chrono::sys_days{std::chrono::January / 1 / 2000}};
// The one finding whose opening and closing are events.
constexpr std::string_view kOutageRule = "authority-unreachable";

// A part of the look did not answer.
bool is_silent(const model::ObservationSpan& span) {
  const auto silent = [](int status, const std::string& failure) {
    const bool answered = (status >= 200 && status < 300) || status == 304;
    // What begins with a slash holds circumstances alone.
    return (!failure.empty() && failure.front() != '/') || (status != 0 && !answered);
  };
  return silent(span.discovery_status, span.discovery_failure) ||
         silent(span.jwks_status, span.jwks_failure);
}

// Nothing is sent: there are no receivers.
class NoTransport final : public net::HttpTransport {
 public:
  net::RequestId start(net::HttpRequest /*request*/, Callback /*done*/) override { return 1; }
  void cancel(net::RequestId /*id*/) override {}
};

alerts::AlertsConfig silent(const config::Config& config) {
  alerts::AlertsConfig out;
  out.instance = config.instance;
  return out;
}

// The lines that are not blank, one after the other, with their numbers in the file.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> next() {
    while (!rest_.empty()) {
      const std::size_t end = rest_.find('\n');
      std::string_view line = rest_.substr(0, end);
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++number_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.find_first_not_of(" \t") != std::string_view::npos) return line;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::int64_t number() const { return number_; }

 private:
  std::string_view rest_;
  std::int64_t number_ = 0;
};

std::optional<base::Error> wrong_time(const model::Observation& seen, base::Instant now) {
  const std::string what = "the record of '" + base::printable(seen.authority) + "' is from " +
                           base::format_rfc3339(seen.at);
  if (seen.at > now + kAheadMax) {
    return base::make_error(base::ErrorKind::kInput,
                            what + ", in the future: it is " + base::format_rfc3339(now),
                            "correct \"at\", or the clock of this host");
  }
  if (seen.at < kEarliest) {
    return base::make_error(base::ErrorKind::kInput,
                            what + ", before " + base::format_rfc3339(kEarliest),
                            "correct \"at\": it is the time of the observation, in UTC");
  }
  return std::nullopt;
}

base::Error not_newer(const model::Observation& seen, base::Instant newest, bool stored) {
  return base::make_error(base::ErrorKind::kInput,
                          "the record of '" + base::printable(seen.authority) + "' at " +
                              base::format_rfc3339(seen.at) + " is not newer than " +
                              (stored ? "what is stored, up to " : "the one before, at ") +
                              base::format_rfc3339(newest),
                          "records of an authority must be sorted by time and newer than what is "
                          "stored; import into another database with --db to start over");
}

// Records that are not newer than what is stored of their authority.
struct OldRecords {
  std::int64_t count = 0;
  std::optional<base::Error> first;
};

base::Error refusal(const OldRecords& old, std::int64_t records) {
  base::Error error = *old.first;
  if (old.count == records) {
    error.hint =
        "no record of the file is newer than what is stored: it was imported before, and "
        "there is nothing to add";
  } else {
    error.hint = std::to_string(old.count) + " of " + std::to_string(records) +
                 " records are as old as what is stored, or older: leave those out, or import into "
                 "another database with --db";
  }
  return error;
}

base::Result<base::Instant> newest_stored(storage::Reader* stored, const std::string& authority) {
  if (stored == nullptr) return base::Instant::min();
  const auto span = stored->last_span(authority);
  if (!span) return base::fail(span.error());
  return *span ? (*span)->last : base::Instant::min();
}

}  // namespace

base::Result<CheckedRecords> check_records(std::string_view text, const std::string& name,
                                           base::Instant now, storage::Reader* stored) {
  struct Newest {
    base::Instant stored, read;
  };
  CheckedRecords checked;
  OldRecords old;
  std::map<std::string, Newest, std::less<>> newest;
  model::RecordReader reader;
  Lines lines(text);
  while (const auto line = lines.next()) {
    const auto at = [&] { return name + ":" + std::to_string(lines.number()); };
    auto seen = reader.read(*line);
    if (!seen) return base::fail(base::Error(seen.error()).in(at()));
    if (auto wrong = wrong_time(*seen, now)) {
      return base::fail(std::move(*wrong).in(at()));
    }
    auto known = newest.find(seen->authority);
    if (known == newest.end()) {
      const auto last = newest_stored(stored, seen->authority);
      if (!last) return base::fail(last.error());
      known = newest.emplace(seen->authority, Newest{*last, base::Instant::min()}).first;
      checked.authorities.insert(seen->authority);
    }
    checked.records += 1;
    if (seen->at <= known->second.read) {
      return base::fail(not_newer(*seen, known->second.read, false).in(at()));
    }
    known->second.read = seen->at;
    if (seen->at > known->second.stored) continue;
    old.count += 1;
    if (!old.first) old.first = not_newer(*seen, known->second.stored, true).in(at());
  }
  if (old.first) return base::fail(refusal(old, checked.records));
  return checked;
}

namespace {

// The second reading, in parts. `checked`, `text` and `store` outlive it.
class Import {
 public:
  Import(std::string_view text, const CheckedRecords& checked, const config::Config& config,
         base::Random& random, storage::Store& store)
      : lines_(text),
        authorities_(checked.authorities),
        config_(config),
        store_(store),
        alerts_(silent(config), random, transport_),
        pipeline_(alerts_, nullptr, config.instance) {}

  // The outages that are open at the end of what is stored: to be called first.
  base::Status begin();
  // Up to so many records more. False: there was nothing left, and all is in the store.
  base::Result<bool> step(std::int64_t records);
  [[nodiscard]] const ImportReport& report() const { return report_; }

 private:
  base::Status take(const model::Observation& seen);
  base::Result<AuthorityTrack*> track_of(const model::Observation& seen);
  base::Result<std::optional<model::Alert>> outage_of(const std::string& authority);
  void keep(model::Batch&& batch);
  base::Status write();

  Lines lines_;
  const std::set<std::string, std::less<>>& authorities_;
  const config::Config& config_;
  storage::Store& store_;
  NoTransport transport_;
  alerts::AlertCenter alerts_;
  Pipeline pipeline_;
  std::shared_ptr<const TrackOptions> options_;
  model::RecordReader reader_;
  ImportReport report_;
  std::vector<model::Batch> batches_;  // not yet written
};

// Without what people would be told of: nobody looks at these authorities now.
void Import::keep(model::Batch&& batch) {
  batch.alerts.clear();
  batch.alerts_removed.clear();
  batch.outbox.clear();
  batch.outbox_done.clear();
  if (!batch.empty()) batches_.push_back(std::move(batch));
}

base::Status Import::write() {
  std::vector<const model::Batch*> group;
  group.reserve(batches_.size());
  for (const model::Batch& batch : batches_) group.push_back(&batch);
  const auto stored = store_.commit_group(group);
  if (!stored) return base::fail(stored.error().error);
  batches_.clear();
  return base::Ok{};
}

// An outage that goes on over the end of one file is one outage: what is open is read from the
// events, and the looks at its end from the newest span.
base::Result<std::optional<model::Alert>> Import::outage_of(const std::string& authority) {
  model::Alert alert;
  storage::EventFilter filter;
  filter.authority = authority;
  const auto events = store_.reader().events(filter);
  if (!events) return base::fail(events.error());
  for (const model::Event& event : *events) {
    if (event.type == model::EventType::kAuthorityUnreachable) {
      alert.state = model::AlertState::kFiring;
      alert.finding.first_seen = event.at;
    }
    if (event.type == model::EventType::kAuthorityRecovered) {
      alert.state = model::AlertState::kPending;
    }
  }
  const auto span = store_.reader().last_span(authority);
  if (!span) return base::fail(span.error());
  const bool firing = alert.state == model::AlertState::kFiring;
  const bool silent = *span && is_silent(**span);
  if (!firing && !silent) return std::optional<model::Alert>();
  const model::Rule& rule = *model::find_rule(kOutageRule);
  const auto looks = [&](int enough) {
    return static_cast<int>(std::min<std::int64_t>((*span)->count, enough - 1));
  };
  alert.finding.rule = kOutageRule;
  alert.finding.severity = rule.severity;
  alert.finding.subject.authority = authority;
  alert.finding.vantage = config_.instance;
  alert.finding.id = model::finding_id(alert.finding.rule, alert.finding.subject);
  if (firing) {
    alert.since = alert.finding.first_seen;
    alert.firing_since = alert.finding.first_seen;
    if (*span && !silent) alert.good_count = looks(rule.close_after);
  } else {
    alert.since = alert.finding.first_seen = (*span)->first;
    alert.bad_count = looks(rule.open_after);
  }
  alert.finding.last_seen = alert.since;
  return std::optional(std::move(alert));
}

base::Status Import::begin() {
  std::vector<model::Alert> open;
  for (const std::string& authority : authorities_) {
    auto outage = outage_of(authority);
    if (!outage) return base::fail(outage.error());
    if (*outage) open.push_back(std::move(**outage));
  }
  keep(std::move(alerts_.restore({}, std::move(open), {}).batch));
  return base::Ok{};
}

base::Result<AuthorityTrack*> Import::track_of(const model::Observation& seen) {
  if (AuthorityTrack* known = pipeline_.find(seen.authority)) return known;
  model::AuthoritySpec spec = config_.authority_of(seen.issuer);
  spec.name = seen.authority;
  if (seen.discovery) spec.metadata_url = seen.discovery->url;
  if (!options_) {
    options_ = std::make_shared<const TrackOptions>(
        TrackOptions{config_.timeline, config_.tls, config_.clock.warn, config_.instance,
                     config_.limits.body_bytes});
  }
  AuthorityTrack& track =
      pipeline_.watch(std::make_shared<const model::AuthoritySpec>(std::move(spec)), options_);
  auto from_store = load_track(store_.reader(), seen.authority, seen.at);
  if (!from_store) return base::fail(from_store.error());
  if (auto& known = *from_store) {
    // Where recorded looks went is no choice of our configuration.
    known->discovery_url.clear();
    known->jwks_url.clear();
    track.restore(*known);
  }
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
  return base::Ok{};
}

base::Result<bool> Import::step(std::int64_t records) {
  for (std::int64_t done = 0; done < records; ++done) {
    const auto line = lines_.next();
    if (!line) {
      keep(pipeline_.flush_spans());
      report_.authorities = static_cast<std::int64_t>(pipeline_.tracks().size());
      if (const auto written = write(); !written) return base::fail(written.error());
      return false;
    }
    const auto seen = reader_.read(*line);
    if (!seen) return base::fail(seen.error());
    if (const auto taken = take(*seen); !taken) return base::fail(taken.error());
  }
  if (const auto written = write(); !written) return base::fail(written.error());
  return true;
}

base::Result<ImportReport> import_checked(std::string_view text, const CheckedRecords& checked,
                                          storage::Store& store, base::Random& random,
                                          const ImportOptions& options) {
  Import import(text, checked, options.config, random, store);
  if (const auto begun = import.begin(); !begun) return base::fail(begun.error());
  for (bool more = true; more;) {
    const auto stepped = import.step(kRecordsPerPart);
    if (!stepped) return base::fail(stepped.error());
    more = *stepped;
    if (options.progress) options.progress(import.report().records, checked.records);
  }
  return import.report();
}

}  // namespace

base::Result<ImportReport> import_records(std::string_view text, const std::string& name,
                                          storage::Store& store, base::Random& random,
                                          const ImportOptions& options) {
  if (options.progress) options.progress(0, 0);
  const auto checked = check_records(text, name, options.now, &store.reader());
  if (!checked) return base::fail(checked.error());
  if (const auto begun = store.begin_whole(); !begun) return base::fail(begun.error());
  const auto report = import_checked(text, *checked, store, random, options);
  if (!report) {
    store.abandon_whole();
    return base::fail(base::Error(report.error()).in(name));
  }
  if (const auto stored = store.finish_whole(); !stored) return base::fail(stored.error());
  return report;
}

}  // namespace idpwatch::watch
