#include "alerts/receivers/message.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <tuple>

namespace idpwatch::alerts {

namespace {

using nlohmann::json;

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

json object_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : json::object();
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

void read_findings(const json& data, Message& message) {
  const auto found = data.find("findings");
  if (found == data.end() || !found->is_array()) return;
  for (const json& each : *found) {
    if (!each.is_object()) continue;
    message.findings.push_back(
        {model::finding_from_json(each), text_of(each, "state"), each.value("duration_s", 0)});
  }
}

}  // namespace

std::string Message::dedupe_key() const {
  std::string about = group;
  if (authority == "host") about += "|" + instance;
  if (!alert()) about = type + "|" + instance;
  return "idpwatch:" + base::sha256_hex(about).substr(0, 32);
}

const ToldFinding& Message::leading() const {
  const auto key = [](const ToldFinding& told) {
    const auto& window = told.finding.window;
    const auto earliest = window ? window->earliest : std::nullopt;
    return std::tuple(told.resolved(), -static_cast<int>(told.finding.severity),
                      told.finding.subject.deployment.empty(),
                      earliest.value_or(base::Instant::max()));
  };
  return *std::min_element(
      findings.begin(), findings.end(),
      [&key](const ToldFinding& a, const ToldFinding& b) { return key(a) < key(b); });
}

base::Result<Message> read_message(const model::OutboxMessage& stored) {
  const auto document = base::parse_json(stored.body, {stored.body.size(), 64});
  if (!document || !document->value->is_object()) {
    return base::fail(base::ErrorKind::kInternal, "the stored message " + stored.id + " is none",
                      "report this as a fault of idpwatch");
  }
  const json& value = *document->value;
  const json data = object_of(value, "data");
  const json group = object_of(data, "group");
  Message out;
  out.id = stored.id;
  out.receiver = stored.receiver;
  out.group = stored.group;
  out.type = text_of(value, "type");
  out.at = base::parse_rfc3339(text_of(value, "timestamp")).value_or(stored.created_at);
  out.instance = text_of(data, "instance");
  out.summary = text_of(data, "summary");
  out.runbook = text_of(data, "runbook");
  out.authority = text_of(group, "authority");
  out.server = text_of(group, "server");
  out.deployment = text_of(group, "deployment");
  out.cause = text_of(group, "cause");
  out.rule = text_of(group, "rule");
  out.reminder = data.value("reminder", json()) == true;
  read_findings(data, out);
  if (const auto more = data.find("more"); more != data.end() && more->is_number_unsigned()) {
    out.more = more->get<std::size_t>();
  }
  return out;
}

std::string cut_bytes(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  std::size_t end = bytes > kEllipsis.size() ? bytes - kEllipsis.size() : 0;
  while (end > 0 && continues(text[end])) --end;
  text.resize(end);
  return text.append(kEllipsis);
}

std::string cut_characters(std::string text, std::size_t characters) {
  std::size_t seen = 0, last = 0;  // where the last character that may stay begins
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (continues(text[i])) continue;
    if (++seen == characters) last = i;
    if (seen > characters) {
      text.resize(last);
      return text.append(kEllipsis);
    }
  }
  return text;
}

}  // namespace idpwatch::alerts
