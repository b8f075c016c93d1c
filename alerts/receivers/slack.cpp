// Slack's incoming webhooks, with Block Kit; Mattermost and others take the same. Limits: header
// 150 characters, text of a section 3000, 50 blocks. & < > are entities, so that no outside text
// can name a channel or a person.
#include "alerts/receivers/message_words.hpp"
#include "alerts/receivers/renderers.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace idpwatch::alerts {

namespace {

using nlohmann::json;

constexpr std::size_t kHeader = 150, kSection = 3000, kFact = 700, kContext = 2000;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

json section(std::string text) {
  return {{"type", "section"},
          {"text", {{"type", "mrkdwn"}, {"text", std::move(text)}, {"verbatim", true}}}};
}

// Cut before it is escaped, and shorter still while the entities make it too long.
std::string fitting(const std::string& text, std::size_t limit) {
  std::size_t room = limit;
  std::string out = escaped(cut_bytes(text, room));
  while (out.size() > limit && room > 10) {
    room -= room / 5;
    out = escaped(cut_bytes(text, room));
  }
  return out;
}

std::string facts_text(const Words& words) {
  std::string out;
  for (const Fact& fact : words.facts) {
    const std::string line = "*" + fact.label + ":* " + fitting(fact.text, kFact);
    if (out.size() + line.size() + 1 > kSection) continue;
    out += (out.empty() ? "" : "\n") + line;
  }
  return out;
}

std::string others_text(Words words) {
  for (;;) {
    std::string out = "*Also:*";
    for (const std::string& line : words.others) out += "\n\xE2\x80\xA2 " + escaped(line);
    if (const std::string more = more_of(words); !more.empty()) out += "\n\xE2\x80\xA2 " + more;
    if (out.size() <= kSection || !shorten(words)) return out;
  }
}

}  // namespace

Rendering render_slack(base::Instant, const ReceiverConfig& receiver,
                       const model::OutboxMessage& stored) {
  const auto message = read_message(stored);
  if (!message) return base::fail(message.error());
  const Words words = words_of(*message);
  json blocks = json::array();
  blocks.push_back({{"type", "header"},
                    {"text",
                     {{"type", "plain_text"},
                      {"text", cut_characters(words.title, kHeader)},
                      {"emoji", false}}}});
  blocks.push_back(section(fitting(words.what, kSection)));
  if (std::string facts = facts_text(words); !facts.empty()) {
    blocks.push_back(section(std::move(facts)));
  }
  if (!words.others.empty() || words.more > 0) blocks.push_back(section(others_text(words)));
  std::string context = fitting(words.footer, kContext);
  if (!words.runbook.empty()) {
    context = "<" + escaped(words.runbook) + "|Runbook> \xC2\xB7 " + context;
  }
  blocks.push_back(
      {{"type", "context"}, {"elements", json::array({{{"type", "mrkdwn"}, {"text", context}}})}});
  // Told by phones and by readers of the screen instead of the blocks.
  const std::string fallback = fitting(words.title + ". " + words.what, kSection);
  return to_url(receiver.url, {{"text", fallback}, {"blocks", std::move(blocks)}});
}

// It answers 200 to what it does not take as well; then the body is not "ok".
std::string refused_by_slack(const net::HttpResponse& response) {
  const std::string_view body = base::trim(response.body);
  if (body == "ok" || body.empty()) return {};
  return "answered \"" + base::printable(body, 100) + "\" instead of \"ok\"";
}

}  // namespace idpwatch::alerts
