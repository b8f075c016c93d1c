#include "tests/corpus/corpus.hpp"

#include "base/digest.hpp"
#include "base/time.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>

namespace idpwatch::corpus {

namespace {

using nlohmann::json;

struct Body {
  std::shared_ptr<const std::string> bytes;
  std::string sha256;
};

json read_json(const std::string& file) {
  std::ifstream in(folder() / file);
  if (!in) throw std::runtime_error("cannot read " + (folder() / file).string());
  return json::parse(in);
}

bool contains(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(
      words, [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// From the texts of the observer's client (Go's net/http).
model::FailureKind kind_of(int code, std::string_view text) {
  using enum model::FailureKind;
  if (code == 200) return kBody;
  if (code != 0) return kHttp;
  if (contains(text, {"timeout", "deadline exceeded", "Client.Timeout"})) return kTimeout;
  if (contains(text, {"lookup ", "no such host"})) return kDns;
  if (contains(text, {"tls:", "x509", "certificate"})) return kTls;
  return kConnect;
}

class Converter {
 public:
  explicit Converter(json source) : source_(std::move(source)) {}

  Provider convert(const std::vector<std::string>& runs);

 private:
  model::Observation observation(const std::string& run, const json& entry);
  std::optional<model::Fetch> fetch(const std::string& part, const json& entry,
                                    const std::string& url, const json& value);
  const Body& discovery_body(const std::string& sha);
  const Body& keys_body(const json& entry);
  const Body& body(const std::string& name, const json& value);
  const json& endpoint_at(const std::string& run) const;
  std::string end() const;

  json source_;
  std::map<std::string, Body> bodies_;
};

const Body& Converter::body(const std::string& name, const json& value) {
  Body& made = bodies_[name];
  if (made.bytes == nullptr) {
    made.bytes = std::make_shared<const std::string>(value.dump());
    made.sha256 = base::sha256_hex(*made.bytes);
  }
  return made;
}

const Body& Converter::discovery_body(const std::string& sha) {
  return body(sha, source_["discovery"][sha]);
}

const Body& Converter::keys_body(const json& entry) {
  const json unstored = entry.value("unstored", json::array());
  const std::string name = entry["keys"].dump() + unstored.dump();
  const auto known = bodies_.find(name);
  if (known != bodies_.end()) return known->second;
  json keys = json::array();
  for (const json& sha : entry["keys"]) keys.push_back(source_["jwk"][sha.get<std::string>()]);
  // Of these only the label is known.
  for (const json& kid : unstored) keys.push_back({{"kid", kid}});
  return body(name, {{"keys", keys}});
}

const json& Converter::endpoint_at(const std::string& run) const {
  const json* found = &source_["endpoints"].front();
  for (const json& endpoint : source_["endpoints"]) {
    if (endpoint["t"] <= run) found = &endpoint;
  }
  return *found;
}

std::optional<model::Fetch> Converter::fetch(const std::string& part, const json& entry,
                                             const std::string& url, const json& value) {
  const json status = entry.value("status", json::object()).value(part, json());
  if (!status.is_object()) return std::nullopt;  // not asked
  model::Fetch out;
  out.url = url;
  out.status = status.value("code", 0);
  const std::string error = status.value("error", "");
  if (value.is_null()) {
    out.failure = model::Failure{kind_of(out.status, error), model::FailureDetail::kNone, error};
    return out;
  }
  if (entry.contains("headers") && entry["headers"].contains(part)) {
    const std::string sha = entry["headers"][part];
    for (const auto& [name, text] : source_["header_sets"][sha].items()) {
      std::string lower = name;
      std::ranges::transform(lower, lower.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      out.headers.emplace_back(lower, text.get<std::string>());
    }
  }
  const Body& bytes = part == "jwks" ? keys_body(entry) : discovery_body(value.get<std::string>());
  out.body = bytes.bytes;
  out.sha256 = bytes.sha256;
  return out;
}

model::Observation Converter::observation(const std::string& run, const json& entry) {
  static const std::string kSuffix = "/.well-known/openid-configuration";
  const json& endpoint = endpoint_at(run);
  const std::string url = endpoint["discovery"];
  model::Observation out;
  out.at = base::parse_rfc3339(run).value();
  out.authority = source_["service"];
  out.issuer = url.ends_with(kSuffix) ? url.substr(0, url.size() - kSuffix.size()) : url;
  out.discovery = fetch("discovery", entry, url, entry["discovery"]);
  out.jwks = fetch("jwks", entry, endpoint["jwks"], entry["keys"]);
  return out;
}

// The last moment for which the last entry is known to stand.
std::string Converter::end() const {
  std::string end = "9999";
  for (const json& removed : source_["removed"]) end = std::min(end, removed.get<std::string>());
  const json& until = source_["catalog"].back()[1];
  if (until.is_string()) end = std::min(end, until.get<std::string>());
  if (source_.contains("truncated")) {
    end = std::min(end, source_["timeline"].back()["t"].get<std::string>());
  }
  return end;
}

Provider Converter::convert(const std::vector<std::string>& runs) {
  Provider out;
  out.name = source_["service"];
  const json& timeline = source_["timeline"];
  const std::string last = end();
  std::size_t next = 0;
  for (const std::string& run : runs) {
    while (next < timeline.size() && timeline[next]["t"] <= run) ++next;
    if (next == 0 || run > last) continue;
    out.observations.push_back(observation(run, timeline[next - 1]));
  }
  return out;
}

}  // namespace

std::filesystem::path folder() {
  return std::filesystem::path(IDPWATCH_SOURCE_DIR) / "tests/data/real-rotations";
}

std::vector<std::string> provider_names() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder())) {
    const std::string name = file.path().stem();
    if (file.path().extension() == ".json" && name != "index" && name != "runs") {
      names.push_back(name);
    }
  }
  std::ranges::sort(names);
  return names;
}

Provider load(const std::string& name) {
  static const std::vector<std::string> runs = read_json("runs.json")["runs"];
  return Converter(read_json(name + ".json")).convert(runs);
}

}  // namespace idpwatch::corpus
