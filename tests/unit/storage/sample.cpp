#include "sample.hpp"

#include "base/digest.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace idpwatch::test {

using nlohmann::json;

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "idpwatch-storage-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void require_failed(const base::Error& error) {
  FAIL(error.text());
  std::abort();  // FAIL has thrown
}

base::Instant at(std::int64_t seconds) {
  return base::from_unix_seconds(1'772'323'200) + std::chrono::seconds(seconds);
}

storage::OpenOptions options(storage::OpenMode mode) {
  storage::OpenOptions out;
  out.mode = mode;
  out.now = at(0);
  out.instance = "vm-17";
  return out;
}

storage::Store open_store(const std::filesystem::path& path, storage::OpenMode mode) {
  return value_of(storage::Store::open(path, options(mode)));
}

model::Document document(std::string_view bytes) {
  return {base::sha256_hex(bytes), std::make_shared<const std::string>(bytes)};
}

model::ObservationSpan span(std::string_view authority, std::int64_t first_s, std::int64_t last_s,
                            std::string_view jwks) {
  model::ObservationSpan out;
  out.authority = authority;
  out.issuer = "https://" + std::string(authority) + ".example";
  out.first = at(first_s);
  out.last = at(last_s);
  out.count = 3;
  out.discovery_status = 200;
  out.jwks_status = 200;
  out.discovery_url = out.issuer + "/.well-known/openid-configuration";
  out.jwks_url = out.issuer + "/jwks";
  out.discovery_sha256 = base::sha256_hex("discovery");
  if (!jwks.empty()) out.jwks_sha256 = base::sha256_hex(jwks);
  out.jwks_good = true;
  out.worst_latency_us = 900;
  out.typical_latency_us = 400;
  return out;
}

model::Event event(model::EventType type, std::string_view authority, std::int64_t at_s,
                   std::string_view thumbprint) {
  model::Event out;
  out.type = type;
  out.at = at(at_s);
  out.authority = authority;
  if (!thumbprint.empty()) {
    out.about_key = true;
    out.kid = "kid-" + std::string(thumbprint);
    out.thumbprint = thumbprint;
  }
  return out;
}

model::KeyRecord key(std::string_view authority, std::string_view thumbprint) {
  model::KeyRecord out;
  out.authority = authority;
  out.thumbprint = thumbprint;
  out.first_seen = at(0);
  out.last_seen = at(60);
  out.kids_ever = {std::nullopt, "a", "b\x01\n"};
  out.last_members = {{std::nullopt, "{\"alg\":\"RS256\"}"}, {"a", "{\"alg\":\"RS512\"}"}};
  out.former_members = {{"b\x01\n", "{}"}};
  out.kty = "RSA";
  out.alg = "RS256";
  out.use = "sig";
  out.bits = 2048;
  return out;
}

model::Sighting sighting(std::string_view authority, std::string_view thumbprint,
                         std::int64_t first_s, std::int64_t last_s) {
  return {std::string(authority),
          std::string(thumbprint),
          "kid-" + std::string(thumbprint),
          "{\"kty\":\"RSA\"}",
          at(first_s),
          at(last_s)};
}

model::Alert alert(std::string_view rule, std::string_view authority) {
  model::Alert out;
  out.finding.rule = rule;
  out.finding.subject.authority = authority;
  out.finding.id = model::finding_id(rule, out.finding.subject);
  out.finding.severity = model::Severity::kError;
  out.finding.summary = "No answer from \"" + std::string(authority) + "\"";
  out.finding.first_seen = at(0);
  out.finding.last_seen = at(120);
  out.state = model::AlertState::kFiring;
  out.since = at(120);
  out.firing_since = at(120);
  out.bad_count = 3;
  out.closes_at = at(86400);
  out.notified.push_back({"oncall", at(150), model::Severity::kError});
  return out;
}

model::OutboxMessage message(std::string_view id, std::string_view receiver) {
  model::OutboxMessage out;
  out.id = id;
  out.receiver = receiver;
  out.group = "entra|authority-unreachable";
  out.type = "alert.firing";
  out.body = "{\"type\":\"alert.firing\"}";
  out.created_at = at(1);
  out.next_attempt_at = at(6);
  out.attempts = 1;
  out.last_error = "503";
  return out;
}

std::string text(const model::ObservationSpan& s) {
  return json{s.authority,
              s.issuer,
              base::to_unix_micros(s.first),
              base::to_unix_micros(s.last),
              s.count,
              s.discovery_status,
              s.jwks_status,
              s.discovery_url,
              s.jwks_url,
              s.discovery_failure,
              s.jwks_failure,
              s.discovery_sha256,
              s.jwks_sha256,
              s.jwks_good,
              s.worst_latency_us,
              s.typical_latency_us}
      .dump();
}

namespace {
json optional(const std::optional<std::string>& value) {
  return value ? json(*value) : json(nullptr);
}
json optional(const std::optional<base::Instant>& value) {
  return value ? json(base::to_unix_micros(*value)) : json(nullptr);
}
json members(const std::map<model::Kid, std::string>& all) {
  json out = json::array();
  for (const auto& [kid, value] : all) out.push_back({optional(kid), value});
  return out;
}
}  // namespace

std::string text(const model::KeyRecord& k) {
  json kids = json::array();
  for (const model::Kid& kid : k.kids_ever) kids.push_back(optional(kid));
  return json{k.authority,
              k.thumbprint,
              base::to_unix_micros(k.first_seen),
              base::to_unix_micros(k.last_seen),
              kids,
              members(k.last_members),
              members(k.former_members),
              k.kty,
              k.crv,
              k.alg,
              k.use,
              k.bits,
              k.signing,
              optional(k.first_absent_at),
              k.absent_count,
              optional(k.withdrawn_at)}
      .dump();
}

std::string text(const model::KidRecord& k) {
  return json{k.authority, k.kid, k.last_thumbprints}.dump();
}

std::string text(const model::Sighting& s) {
  return json{s.authority,
              s.thumbprint,
              optional(s.kid),
              s.members,
              base::to_unix_micros(s.first),
              base::to_unix_micros(s.last)}
      .dump();
}

std::string text(const model::TimelineState& s) {
  return json{s.authority,        s.any_good,          optional(s.last_good),
              s.last_set,         s.last_signing,      s.flaps,
              s.inconsistent,     s.discovery_members, s.jwks_sha256,
              s.discovery_sha256, s.leaf_sha256}
      .dump();
}

std::string text(const model::Event& e) {
  return json{e.seq,
              model::to_text(e.type),
              base::to_unix_micros(e.at),
              e.authority,
              e.deployment,
              e.about_key,
              optional(e.kid),
              e.thumbprint,
              e.initial,
              optional(e.first_absent_at),
              optional(e.confirmed_at),
              e.fields,
              e.old_value,
              e.new_value}
      .dump();
}

std::string text(const model::Alert& alert) { return model::to_json(alert).dump(); }

std::string text(const model::OutboxMessage& m) {
  return json{m.id,
              m.receiver,
              m.group,
              m.type,
              m.body,
              base::to_unix_micros(m.created_at),
              base::to_unix_micros(m.next_attempt_at),
              m.attempts,
              m.last_error}
      .dump();
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(out.good());
}

}  // namespace idpwatch::test
