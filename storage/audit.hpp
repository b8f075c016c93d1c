// The audit chain: what a record is, how records are linked, how a chain is proven.
//
//   h_n = SHA-256("idpwatch-audit-v1" || 0x00 || h_(n-1) || record_n), nothing before record 0
//
// Record 0 names the store by a random id. Records are canonical JSON (RFC 8785) of a kind that
// every JSON library writes alike: ASCII names, strings, booleans, null, integers within
// +-(2^53-1) (facts on SQLite, 4.8). A chain does not show that its end was cut off, nor that all
// of it was written anew: heads must be kept elsewhere.
//
// Pure, apart from the functions that take a Database.
#pragma once

#include "base/result.hpp"
#include "model/batch.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::storage {

class Database;

struct FirstBad {
  std::int64_t seq = 0;
  std::string why;
};

struct AuditReport {
  std::int64_t records = 0;  // that hold
  std::string head;          // hex, of the last record that holds
  bool holds = false;
  std::optional<FirstBad> first_bad;
};

using LineSink = std::function<base::Status(std::string_view line)>;  // without the newline

// Raw bytes; `previous_hash` is empty for record 0.
std::string chain_next(std::string_view previous_hash, std::string_view record);

// kInternal, naming the member, when the value could be written in more than one way.
base::Status check_canonical(const nlohmann::json& value);

// The record's bytes: {"at","data","kind","seq"}. An event's kind is its type.
base::Result<std::string> note_record(const model::AuditNote& note, std::int64_t seq);
base::Result<std::string> event_record(const model::Event& event, std::int64_t seq);
// Of our own store: what event_record wrote.
base::Result<model::Event> event_of_record(std::string_view record);

// Of the store. Reads row by row: memory does not grow with the chain.
base::Result<AuditReport> verify_chain(Database& database, std::string_view known_head = {});
// One line a record, {"seq":N,"hash":"<hex>","record":{...}}, and a closing line
// {"records":N,"head":"<hex>"}, each byte of which verify_export() checks.
base::Status export_chain(Database& database, const LineSink& sink);
AuditReport verify_export(std::istream& lines, std::string_view known_head = {});

}  // namespace idpwatch::storage
