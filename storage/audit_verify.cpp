#include "base/encoding.hpp"
#include "base/json.hpp"
#include "storage/audit.hpp"
#include "storage/sqlite.hpp"

#include <nlohmann/json.hpp>

#include <istream>
#include <string>
#include <utility>

namespace idpwatch::storage {

using base::Json;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kAllRecords = "SELECT seq, hash, record FROM audit ORDER BY seq";

// Follows a chain record by record and remembers the first that does not hold.
class Follower {
 public:
  explicit Follower(std::string_view known_head)
      : known_head_(known_head), head_found_(known_head.empty()) {}

  // The hash that the next record must have, in hex.
  std::string expected(std::string_view record) {
    pending_ = chain_next(hash_, record);
    return base::hex_encode(pending_);
  }

  // After expected(): the record holds.
  void accept() {
    hash_ = std::move(pending_);
    ++report_.records;
    report_.head = base::hex_encode(hash_);
    if (report_.head == known_head_) head_found_ = true;
  }

  void reject(std::string why) {
    if (!report_.first_bad) report_.first_bad = FirstBad{report_.records, std::move(why)};
  }

  [[nodiscard]] bool rejected() const { return report_.first_bad.has_value(); }
  [[nodiscard]] const AuditReport& report() const { return report_; }

  AuditReport finish() {
    if (report_.records == 0) reject("there is no record");
    if (!rejected() && !head_found_) reject("the chain does not contain the known head");
    report_.holds = !rejected();
    return std::move(report_);
  }

 private:
  std::string_view known_head_;
  bool head_found_;
  std::string hash_;  // raw, of the last record that holds
  std::string pending_;
  AuditReport report_;
};

// Empty: the record says of itself what it must. A record that hashes right and is not so was made
// by another program.
std::string wrong_inside(std::string_view record, std::int64_t seq) {
  const Json value = Json::parse(record, nullptr, false);
  if (!value.is_object()) return "the record is not a JSON object";
  const auto own = value.find("seq");
  if (own == value.end() || !own->is_number_integer() || own->get<std::int64_t>() != seq) {
    return "the record does not name its own seq";
  }
  if (!check_canonical(value) || base::canonical_json(value) != record) {
    return "the record is not canonical JSON";
  }
  return {};
}

void follow(Follower& chain, std::string_view hash_hex, std::string_view record) {
  if (chain.expected(record) != hash_hex) {
    chain.reject("the hash does not follow from the record and the hash before it");
    return;
  }
  if (std::string why = wrong_inside(record, chain.report().records); !why.empty()) {
    chain.reject(std::move(why));
    return;
  }
  chain.accept();
}

std::string closing_line(const AuditReport& report) {
  return "{\"records\":" + std::to_string(report.records) + ",\"head\":\"" + report.head + "\"}";
}

constexpr std::size_t kHashDigits = 64;
constexpr std::string_view kAfterSeq = ",\"hash\":\"";
constexpr std::string_view kAfterHash = "\",\"record\":";

std::string line_start(std::int64_t seq) {
  return "{\"seq\":" + std::to_string(seq) + std::string(kAfterSeq);
}

// Read by position and compared byte by byte: a JSON parser would let white space, escapes and
// repeated members pass.
void follow_line(Follower& chain, std::string_view line) {
  const std::string start = line_start(chain.report().records);
  const std::size_t record_at = start.size() + kHashDigits + kAfterHash.size();
  if (line.size() <= record_at || !line.starts_with(start) || !line.ends_with('}') ||
      line.substr(start.size() + kHashDigits, kAfterHash.size()) != kAfterHash) {
    chain.reject("the line is not {\"seq\":" + std::to_string(chain.report().records) +
                 ",\"hash\":...,\"record\":...}");
    return;
  }
  follow(chain, line.substr(start.size(), kHashDigits),
         line.substr(record_at, line.size() - record_at - 1));
}

}  // namespace

Result<AuditReport> verify_chain(Database& database, std::string_view known_head) {
  Follower chain(known_head);
  Statement& rows = database.cached(kAllRecords);
  const ResetGuard guard(rows);
  rows.bind();
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return base::fail(row.error());
    if (!*row) break;
    if (rows.integer(0) != chain.report().records) {
      chain.reject("record " + std::to_string(chain.report().records) + " is missing");
    } else {
      follow(chain, base::hex_encode(rows.view(1)), rows.view(2));
    }
    if (chain.rejected()) break;
  }
  return chain.finish();
}

Status export_chain(Database& database, const LineSink& sink) {
  AuditReport last;
  Statement& rows = database.cached(kAllRecords);
  const ResetGuard guard(rows);
  rows.bind();
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return base::fail(row.error());
    if (!*row) break;
    ++last.records;
    last.head = base::hex_encode(rows.view(1));
    std::string line = line_start(rows.integer(0));
    line.append(last.head).append(kAfterHash).append(rows.view(2)).append("}");
    if (Status taken = sink(line); !taken) return taken;
  }
  return sink(closing_line(last));
}

AuditReport verify_export(std::istream& lines, std::string_view known_head) {
  Follower chain(known_head);
  std::string line;
  bool closed = false;
  while (!chain.rejected() && std::getline(lines, line)) {
    if (lines.eof()) {
      chain.reject("the last line has no end");
    } else if (closed) {
      chain.reject("unexpected text after the closing line");
    } else if (line == closing_line(chain.report())) {
      closed = true;
    } else {
      follow_line(chain, line);
    }
  }
  if (!closed) chain.reject("the closing line is missing: the end may have been cut off");
  return chain.finish();
}

}  // namespace idpwatch::storage
