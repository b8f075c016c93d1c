#include "model/circumstances.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>

namespace idpwatch::model {

namespace {

using base::Json;

constexpr std::array<std::string_view, 18> kDetails = {"",
                                                       "redirect-loop",
                                                       "redirect-downgrade",
                                                       "address-refused",
                                                       "too-large",
                                                       "certificate-expired",
                                                       "certificate-not-yet-valid",
                                                       "certificate-name",
                                                       "certificate-untrusted",
                                                       "ours",
                                                       "too-many-redirects",
                                                       "legacy-renegotiation",
                                                       "renegotiation",
                                                       "tls-level",
                                                       "content-coding",
                                                       "proxy",
                                                       "filtered",
                                                       "rate-limited"};
constexpr std::array<std::string_view, 4> kBrought = {"untried", "yes", "no", "forbidden"};
// Of what is read back: no look makes more.
constexpr std::size_t kAgainMax = 8;
constexpr std::size_t kBytesMax = std::size_t{16} * 1024;

std::int64_t milliseconds(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

void put(Json& out, const char* name, const std::string& text) {
  if (!text.empty()) out[name] = text;
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || !found->is_string() ? std::string() : found->get<std::string>();
}

base::Duration duration_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || !found->is_number_integer()
             ? base::Duration(0)
             : base::Duration(base::milliseconds(found->get<std::int64_t>()));
}

Json to_json(const AskedAgain& again) {
  Json out{{"as", again.as},
           {"request", again.request},
           {"status", again.status},
           {"took_ms", milliseconds(again.took)}};
  put(out, "coding", again.coding);
  put(out, "failure", again.failure);
  put(out, "detail", std::string(to_text(again.detail)));
  if (again.patience) out["patience"] = true;
  return out;
}

AskedAgain asked_again(const Json& json) {
  AskedAgain again;
  again.as = text_of(json, "as");
  again.request = text_of(json, "request");
  const auto status = json.find("status");
  if (status != json.end() && status->is_number_integer()) again.status = status->get<int>();
  again.coding = text_of(json, "coding");
  again.failure = text_of(json, "failure");
  again.detail = failure_detail(text_of(json, "detail")).value_or(FailureDetail::kNone);
  const auto patience = json.find("patience");
  again.patience = patience != json.end() && patience->is_boolean() && patience->get<bool>();
  again.took = duration_of(json, "took_ms");
  return again;
}

Intermediate intermediate(const Json& json) {
  Intermediate missing;
  missing.subject = text_of(json, "subject");
  missing.url = text_of(json, "url");
  const std::string brought = text_of(json, "brought");
  for (std::size_t i = 0; i < kBrought.size(); ++i) {
    if (kBrought.at(i) == brought) missing.brought = static_cast<Intermediate::Brought>(i);
  }
  return missing;
}

}  // namespace

std::string_view to_text(FailureDetail detail) {
  return kDetails.at(static_cast<std::size_t>(detail));
}

std::optional<FailureDetail> failure_detail(std::string_view text) {
  for (std::size_t i = 0; i < kDetails.size(); ++i) {
    if (kDetails.at(i) == text) return static_cast<FailureDetail>(i);
  }
  return std::nullopt;
}

std::string write_circumstances(const Circumstances& circumstances) {
  Json out = Json::object();
  if (circumstances.waited > base::Duration(0)) {
    out["waited_ms"] = milliseconds(circumstances.waited);
  }
  if (const auto& missing = circumstances.missing) {
    out["missing"] = {{"subject", missing->subject},
                      {"url", missing->url},
                      {"brought", kBrought.at(static_cast<std::size_t>(missing->brought))}};
  }
  put(out, "anchor", circumstances.anchor);
  put(out, "root", circumstances.root);
  put(out, "suite", circumstances.suite);
  put(out, "trusted_by", circumstances.trusted_by);
  put(out, "proxy", circumstances.proxy);
  for (const AskedAgain& again : circumstances.again) out["again"].push_back(to_json(again));
  return out.empty() ? std::string() : base::canonical_json(out);
}

Circumstances read_circumstances(std::string_view json) {
  Circumstances out;
  const auto read = base::parse_json(json, {.bytes = kBytesMax});
  if (!read || !read->value->is_object()) return out;
  const Json& object = *read->value;
  out.waited = duration_of(object, "waited_ms");
  const auto missing = object.find("missing");
  if (missing != object.end() && missing->is_object()) out.missing = intermediate(*missing);
  out.anchor = text_of(object, "anchor");
  out.root = text_of(object, "root");
  out.suite = text_of(object, "suite");
  out.trusted_by = text_of(object, "trusted_by");
  out.proxy = text_of(object, "proxy");
  const auto again = object.find("again");
  if (again != object.end() && again->is_array()) {
    for (const Json& one : *again) {
      if (one.is_object() && out.again.size() < kAgainMax) out.again.push_back(asked_again(one));
    }
  }
  return out;
}

}  // namespace idpwatch::model
