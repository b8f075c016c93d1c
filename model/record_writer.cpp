#include "base/json.hpp"
#include "base/json_slices.hpp"
#include "model/observation_record.hpp"

#include <nlohmann/json.hpp>

namespace idpwatch::model {

namespace {

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void put_member(std::string& out, std::string_view name, std::string_view json) {
  if (out.back() != '{') out += ',';
  out += json_text(name);
  out += ':';
  out += json;
}

bool is_object(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || bytes[first] != '{') return false;
  return base::slice_json(bytes, {nullptr, [](const base::JsonSlice&) {}, nullptr}).has_value();
}

// Line breaks cannot stand inside a string of valid JSON: all of them are between tokens, none of
// which needs one there.
std::string one_line(std::string_view json) {
  std::string out(json);
  std::erase_if(out, [](char c) { return c == '\n' || c == '\r'; });
  return out;
}

std::string headers_json(const Fetch& fetch) {
  nlohmann::json headers = nlohmann::json::object();
  for (const auto& [name, value] : fetch.headers) {
    const auto known = headers.find(name);
    // RFC 9110 section 5.3: repeated fields may be joined by a comma.
    if (known == headers.end()) {
      headers[name] = value;
    } else {
      *known = known->get_ref<const std::string&>() + ", " + value;
    }
  }
  return base::canonical_json(headers);
}

std::string failure_json(const Failure& failure) {
  nlohmann::json out = {{"kind", to_text(failure.kind)}, {"message", failure.message}};
  if (failure.detail != FailureDetail::kNone) out["detail"] = to_text(failure.detail);
  return base::canonical_json(out);
}

std::string fetch_json(const Fetch& fetch) {
  std::string out = "{";
  put_member(out, "url", json_text(fetch.url));
  if (fetch.status != 0) put_member(out, "status", std::to_string(fetch.status));
  if (!fetch.headers.empty()) put_member(out, "headers", headers_json(fetch));
  if (fetch.failure) put_member(out, "error", failure_json(*fetch.failure));
  if (const auto circumstances = circumstances_of(fetch)) {
    const std::string json = write_circumstances(*circumstances);
    if (!json.empty()) put_member(out, "circumstances", json);
  }
  if (fetch.body != nullptr) {
    put_member(out, "body",
               is_object(*fetch.body) ? one_line(*fetch.body) : json_text(*fetch.body));
  }
  return out + '}';
}

}  // namespace

std::string write_record(const Observation& observation) {
  std::string out = R"({"schema":"idpwatch.observation/v1")";
  put_member(out, "at", json_text(base::format_rfc3339(observation.at)));
  put_member(out, "authority", json_text(observation.authority));
  put_member(out, "issuer", json_text(observation.issuer));
  if (observation.discovery) put_member(out, "discovery", fetch_json(*observation.discovery));
  if (observation.jwks) put_member(out, "jwks", fetch_json(*observation.jwks));
  return out + '}';
}

}  // namespace idpwatch::model
