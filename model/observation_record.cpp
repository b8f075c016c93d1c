#include "model/observation_record.hpp"

#include "base/digest.hpp"
#include "base/enum_names.hpp"
#include "base/json_slices.hpp"
#include "base/text.hpp"

#include <array>
#include <charconv>
#include <unordered_map>
#include <utility>

namespace idpwatch::model {

namespace {

using base::JsonSlice;
using base::SliceKind;

constexpr std::string_view kSchema = "idpwatch.observation/v1";
// Of remembered bodies. Beyond it all are forgotten: only speed depends on them.
constexpr std::size_t kRememberedBytesMax = std::size_t{64} * 1024 * 1024;

struct Body {
  std::shared_ptr<const std::string> bytes;
  std::string sha256;
  bool container = false;  // stood as an object or array, not in a string
};

// What the visitor found so far in one line.
struct Draft {
  Observation observation;
  bool schema = false, at = false, authority = false;
  std::array<bool, 2> containers = {};  // of the bodies
  bool kind_seen = false;               // in the "error" that is being read
  std::string problem, hint;            // the first one
};

void complain(Draft& draft, std::string problem, std::string hint) {
  if (!draft.problem.empty()) return;
  draft.problem = std::move(problem);
  draft.hint = std::move(hint);
}

base::Error error(std::string problem, std::string hint) {
  return base::make_error(base::ErrorKind::kInput, std::move(problem), std::move(hint));
}

constexpr base::EnumNames<SliceKind> kKindNames{
    {SliceKind::kString, "a string"},  {SliceKind::kNumber, "a number"},
    {SliceKind::kBool, "a boolean"},   {SliceKind::kNull, "null"},
    {SliceKind::kObject, "an object"}, {SliceKind::kArray, "an array"}};

bool expect(Draft& draft, const JsonSlice& slice, SliceKind kind, std::string_view hint) {
  if (slice.kind == kind) return true;
  complain(draft,
           '"' + base::join(slice.path, ".") + "\" is " + std::string(kKindNames.text(slice.kind)) +
               ", not " + std::string(kKindNames.text(kind)),
           std::string(hint));
  return false;
}

void take_top(Draft& draft, const JsonSlice& slice) {
  const std::string& name = slice.path[0];
  if (name == "schema") {
    draft.schema = slice.kind == SliceKind::kString && slice.value == kSchema;
    if (!draft.schema) {
      complain(draft, "\"schema\" is " + base::printable(slice.value, 60),
               "this version reads \"" + std::string(kSchema) + "\"");
    }
  } else if (name == "at") {
    const auto at =
        slice.kind == SliceKind::kString ? base::parse_rfc3339(slice.value) : std::nullopt;
    if (!at) {
      complain(draft, "\"at\" is not a time: " + base::printable(slice.value, 60),
               "write it as RFC 3339, like \"2026-03-01T05:12:07Z\"");
      return;
    }
    draft.at = true;
    draft.observation.at = *at;
  } else if (name == "authority") {
    if (!expect(draft, slice, SliceKind::kString, "write the name of the authority")) return;
    draft.authority = !slice.value.empty();
    draft.observation.authority = slice.value;
  } else if (name == "issuer") {
    if (!expect(draft, slice, SliceKind::kString, "write the issuer that was configured")) return;
    draft.observation.issuer = slice.value;
  }
}

std::optional<Fetch>* part_of(Draft& draft, std::string_view name) {
  if (name == "discovery") return &draft.observation.discovery;
  if (name == "jwks") return &draft.observation.jwks;
  return nullptr;
}

void take_status(Draft& draft, const JsonSlice& slice, Fetch& fetch) {
  if (!expect(draft, slice, SliceKind::kNumber, "write the HTTP status, or leave it out")) return;
  int status = -1;
  const std::string digits(slice.value);
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, status);
  if (error != std::errc() || rest != end || status < 0 || status > 999) {
    complain(draft, '"' + slice.path[0] + ".status\" is " + base::printable(slice.value, 20),
             "an HTTP status is a whole number from 100 to 599; 0 is no answer");
    return;
  }
  fetch.status = status;
}

std::size_t index_of(std::string_view part) { return part == "jwks" ? 1 : 0; }

// discovery.error.kind and the like, and the headers.
void take_inner(Draft& draft, const JsonSlice& slice, Fetch& fetch) {
  const std::string& group = slice.path[1];
  const std::string& name = slice.path[2];
  if (group == "headers") {
    if (!expect(draft, slice, SliceKind::kString, "write header values as strings")) return;
    fetch.headers.emplace_back(base::to_lower(name), slice.value);
    return;
  }
  if (!fetch.failure) fetch.failure.emplace();
  if (name == "message") {
    if (expect(draft, slice, SliceKind::kString, "write what the client said")) {
      fetch.failure->message = slice.value;
    }
  } else if (name == "kind") {
    const auto kind = slice.kind == SliceKind::kString ? failure_kind(slice.value) : std::nullopt;
    if (!kind) {
      complain(draft,
               '"' + base::join(slice.path, ".") + "\" is " + base::printable(slice.value, 40),
               "it is one of timeout, dns, connect, tls, http, body");
      return;
    }
    fetch.failure->kind = *kind;
    draft.kind_seen = true;
  } else if (name == "detail" && slice.kind == SliceKind::kString) {
    // Written by a newer idpwatch, perhaps: the kind says enough.
    fetch.failure->detail = failure_detail(slice.value).value_or(FailureDetail::kNone);
  }
}

}  // namespace

struct RecordReader::Impl {
  explicit Impl(RecordLimits given) : limits(given) {}

  [[nodiscard]] const Body* last_body(const Draft& draft, std::string_view part) const;
  void take(Draft& draft, const JsonSlice& slice);
  void take_part_member(Draft& draft, const JsonSlice& slice, Fetch& fetch);
  void take_body(Draft& draft, const JsonSlice& slice, Fetch& fetch);
  void remember(const Draft& draft);
  base::Result<Observation> finish(Draft& draft);

  RecordLimits limits;
  // The last ones of each authority: discovery, jwks.
  std::unordered_map<std::string, std::array<Body, 2>> bodies;
  std::size_t remembered_bytes = 0;
};

// Null while the authority is not known, or has none.
const Body* RecordReader::Impl::last_body(const Draft& draft, std::string_view part) const {
  const auto known = bodies.find(draft.observation.authority);
  if (known == bodies.end()) return nullptr;
  const Body& last = known->second[index_of(part)];
  return last.bytes == nullptr ? nullptr : &last;
}

void RecordReader::Impl::take_body(Draft& draft, const JsonSlice& slice, Fetch& fetch) {
  if (slice.kind != SliceKind::kObject && slice.kind != SliceKind::kArray &&
      !expect(draft, slice, SliceKind::kString,
              "write the body as an object, or as a string where it was no JSON")) {
    return;
  }
  draft.containers[index_of(slice.path[0])] = slice.kind != SliceKind::kString;
  const Body* last = last_body(draft, slice.path[0]);
  if (last != nullptr && *last->bytes == slice.value) {
    fetch.body = last->bytes;
    fetch.sha256 = last->sha256;
    return;
  }
  fetch.body = std::make_shared<const std::string>(slice.value);
  fetch.sha256 = base::sha256_hex(slice.value);
}

void RecordReader::Impl::take_part_member(Draft& draft, const JsonSlice& slice, Fetch& fetch) {
  const std::string& name = slice.path[1];
  if (name == "status") {
    take_status(draft, slice, fetch);
  } else if (name == "url") {
    if (expect(draft, slice, SliceKind::kString, "write the address that was asked")) {
      fetch.url = slice.value;
    }
  } else if (name == "headers") {
    expect(draft, slice, SliceKind::kObject, "write headers as an object of strings");
  } else if (name == "error") {
    if (expect(draft, slice, SliceKind::kObject, "write {\"kind\": ..., \"message\": ...}") &&
        !std::exchange(draft.kind_seen, false)) {
      complain(draft, '"' + slice.path[0] + ".error\" has no kind",
               "it is one of timeout, dns, connect, tls, http, body");
    }
  } else if (name == "circumstances") {
    if (slice.kind != SliceKind::kObject) return;
    Circumstances read = read_circumstances(slice.value);
    if (!read.plain()) fetch.circumstances = std::make_shared<const Circumstances>(std::move(read));
  } else if (name == "body") {
    take_body(draft, slice, fetch);
  }
}

void RecordReader::Impl::take(Draft& draft, const JsonSlice& slice) {
  std::optional<Fetch>* part = part_of(draft, slice.path[0]);
  if (part == nullptr) {
    if (slice.path.size() == 1) take_top(draft, slice);
    return;
  }
  if (slice.path.size() == 1) {
    if (!expect(draft, slice, SliceKind::kObject, "leave out a part that was not fetched")) return;
    if (!*part) part->emplace();
    return;
  }
  if (!*part) part->emplace();
  if (slice.path.size() == 2) {
    take_part_member(draft, slice, **part);
  } else {
    take_inner(draft, slice, **part);
  }
}

void RecordReader::Impl::remember(const Draft& draft) {
  if (remembered_bytes > kRememberedBytesMax) {
    bodies.clear();
    remembered_bytes = 0;
  }
  const Observation& seen = draft.observation;
  auto& mine = bodies[seen.authority];
  const std::array<const std::optional<Fetch>*, 2> parts = {&seen.discovery, &seen.jwks};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::optional<Fetch>& part = *parts[i];
    if (!part || part->body == nullptr || part->body == mine[i].bytes) continue;
    if (mine[i].bytes != nullptr) remembered_bytes -= mine[i].bytes->size();
    remembered_bytes += part->body->size();
    mine[i] = {part->body, part->sha256, draft.containers[i]};
  }
}

base::Result<Observation> RecordReader::Impl::finish(Draft& draft) {
  if (!draft.problem.empty()) {
    return base::fail(error(std::move(draft.problem), std::move(draft.hint)));
  }
  if (!draft.schema) {
    return base::fail(error("no member \"schema\"",
                            "begin each record with {\"schema\":\"" + std::string(kSchema) + "\""));
  }
  if (!draft.at) return base::fail(error("no member \"at\"", "write when it was seen"));
  if (!draft.authority) {
    return base::fail(error("no member \"authority\"", "write the name of the authority"));
  }
  for (std::optional<Fetch>* part : {&draft.observation.discovery, &draft.observation.jwks}) {
    if (!*part) continue;
    Fetch& fetch = **part;
    fetch.not_modified = fetch.status == 304 && !fetch.failure;
    // An answer without a body is an empty body.
    if (fetch.answered() && !fetch.not_modified && fetch.body == nullptr) {
      fetch.body = std::make_shared<const std::string>();
      fetch.sha256 = base::sha256_hex({});
    }
  }
  remember(draft);
  return std::move(draft.observation);
}

RecordReader::RecordReader(RecordLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
RecordReader::RecordReader(RecordReader&&) noexcept = default;
RecordReader& RecordReader::operator=(RecordReader&&) noexcept = default;
RecordReader::~RecordReader() = default;

base::Result<Observation> RecordReader::read(std::string_view line) {
  Draft draft;
  const base::SliceVisitor visitor{
      [](std::span<const std::string> path) {
        if (path.size() == 1) return path[0] == "discovery" || path[0] == "jwks";
        return path[1] == "headers" || path[1] == "error";
      },
      [this, &draft](const JsonSlice& slice) { impl_->take(draft, slice); },
      [this, &draft](std::span<const std::string> path) -> std::string_view {
        if (path.size() != 2 || path[1] != "body") return {};
        const Body* last = impl_->last_body(draft, path[0]);
        return last == nullptr || !last->container ? std::string_view() : *last->bytes;
      }};
  const base::Status read = base::slice_json(line, visitor, {.bytes = impl_->limits.line_bytes});
  if (!read) {
    return base::fail(
        error(read.error().message, "each line is one JSON object, the record of one observation"));
  }
  return impl_->finish(draft);
}

}  // namespace idpwatch::model
