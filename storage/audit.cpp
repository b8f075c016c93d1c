#include "storage/audit.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::storage {

using base::ErrorKind;
using base::Json;
using base::Result;
using base::Status;

namespace {

// With the zero byte that ends it.
constexpr std::string_view kDomain("idpwatch-audit-v1\0", 18);

// RFC 8785 section 3.2.2.3: beyond these a double is no longer the integer that was written.
constexpr std::int64_t kIntegerMax = (std::int64_t{1} << 53) - 1;

// Documents are parsed to a depth of 64 and stand two levels deep in a record.
constexpr base::JsonLimits kRecordLimits{.bytes = std::size_t{64} * 1024 * 1024, .depth = 80};

bool ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool exact(const Json& number) {
  if (number.is_number_unsigned()) {
    return number.get<std::uint64_t>() <= static_cast<std::uint64_t>(kIntegerMax);
  }
  const auto value = number.get<std::int64_t>();
  return value >= -kIntegerMax && value <= kIntegerMax;
}

// Nothing in it, or nothing that is written in more than one way.
bool canonical(const Json& value) { return check_canonical(value).has_value(); }

// An event's old and new value come from documents and may hold any JSON. What has no one form is
// kept as its text, under another name so that reading gives the same event back.
void keep_as_text(Json& event, const char* name, const char* text_name, const std::string& text) {
  const auto member = event.find(name);
  if (member == event.end() || canonical(*member)) return;
  event.erase(member);
  event[text_name] = text;
}

std::string take_text(Json& event, const char* text_name) {
  const auto member = event.find(text_name);
  if (member == event.end() || !member->is_string()) return {};
  std::string text = member->get<std::string>();
  event.erase(member);
  return text;
}

Result<std::string> record_of(base::Instant at, std::string_view kind, Json data,
                              std::int64_t seq) {
  const Json record = {{"at", base::format_rfc3339(at)},
                       {"data", std::move(data)},
                       {"kind", std::string(kind)},
                       {"seq", seq}};
  if (Status checked = check_canonical(record); !checked) {
    return base::fail(std::move(checked.error()).in("audit record " + std::string(kind)));
  }
  return base::canonical_json(record);
}

}  // namespace

std::string chain_next(std::string_view previous_hash, std::string_view record) {
  std::string input;
  input.reserve(kDomain.size() + previous_hash.size() + record.size());
  input.append(kDomain).append(previous_hash).append(record);
  return base::sha256(input);
}

Status check_canonical(const Json& value) {
  std::vector<const Json*> open{&value};
  while (!open.empty()) {
    const Json& next = *open.back();
    open.pop_back();
    if (next.is_number_float()) {
      return base::fail(ErrorKind::kInternal, "a fraction has no place in the audit chain");
    }
    if (next.is_number() && !exact(next)) {
      return base::fail(ErrorKind::kInternal, "an integer beyond 2^53 in the audit chain");
    }
    if (!next.is_structured()) continue;
    for (const auto& item : next.items()) {
      if (next.is_object() && !ascii(item.key())) {
        return base::fail(ErrorKind::kInternal,
                          "a member name that is not ASCII in the audit chain");
      }
      open.push_back(&item.value());
    }
  }
  return base::Ok{};
}

Result<std::string> note_record(const model::AuditNote& note, std::int64_t seq) {
  if (model::event_type(note.kind)) {
    return base::fail(ErrorKind::kInternal, "a note of the kind " + note.kind + " is an event");
  }
  Json data = note.data.empty() ? Json::object() : Json::parse(note.data, nullptr, false);
  if (!data.is_object()) {
    return base::fail(ErrorKind::kInternal,
                      "the data of note " + note.kind + " is not a JSON object");
  }
  return record_of(note.at, note.kind, std::move(data), seq);
}

Result<std::string> event_record(const model::Event& event, std::int64_t seq) {
  Json data = model::to_json(event);
  for (const char* outside : {"seq", "type", "at"}) data.erase(outside);
  keep_as_text(data, "old", "old_text", event.old_value);
  keep_as_text(data, "new", "new_text", event.new_value);
  return record_of(event.at, model::to_text(event.type), std::move(data), seq);
}

Result<model::Event> event_of_record(std::string_view record) {
  Result<base::JsonDocument> parsed = base::parse_json(record, kRecordLimits);
  if (!parsed) return base::fail(parsed.error());
  Json& outer = *parsed->value;
  if (!outer.is_object() || !outer.contains("data") || !outer["data"].is_object()) {
    return base::fail(ErrorKind::kStorage, "an audit record is not as it was written");
  }
  Json data = std::move(outer["data"]);
  std::string old_text = take_text(data, "old_text");
  std::string new_text = take_text(data, "new_text");
  data["seq"] = outer["seq"];
  data["type"] = outer["kind"];
  data["at"] = outer["at"];
  model::Event event = model::event_from_json(data);
  if (!old_text.empty()) event.old_value = std::move(old_text);
  if (!new_text.empty()) event.new_value = std::move(new_text);
  return event;
}

}  // namespace idpwatch::storage
