// Discord's webhooks: one embed. Limits: title 256 characters, description 4096, footer 2048, 6000
// in all. Nobody is mentioned whatever a text says; Markdown in outside text is escaped.
// `wait=true`: else a message that is not kept is answered as if it were.
#include "alerts/receivers/message_words.hpp"
#include "alerts/receivers/renderers.hpp"

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>

namespace idpwatch::alerts {

namespace {

using nlohmann::json;

constexpr std::size_t kTitle = 256, kDescription = 4000, kFooter = 1000;

int colour(Tone tone) {
  switch (tone) {
    case Tone::kCritical:
    case Tone::kError:
      return 0xD32F2F;
    case Tone::kWarning:
      return 0xF9A825;
    case Tone::kInfo:
      return 0x1976D2;
    case Tone::kResolved:
      return 0x388E3C;
  }
  return 0;
}

std::string escaped(std::string_view text) {
  constexpr std::string_view kMarkup = "\\*_~`|<>[]()#@";
  std::string out;
  for (const char c : text) {
    if (kMarkup.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string description_of(const Words& words) {
  std::string out = escaped(words.what) + "\n";
  for (const Fact& fact : words.facts) out += "\n**" + fact.label + ":** " + escaped(fact.text);
  if (!words.others.empty() || words.more > 0) out += "\n\n**Also:**";
  for (const std::string& line : words.others) out += "\n\xE2\x80\xA2 " + escaped(line);
  if (const std::string more = more_of(words); !more.empty()) out += "\n\xE2\x80\xA2 " + more;
  return out;
}

std::string with_wait(const std::string& url) {
  if (url.find("wait=") != std::string::npos) return url;
  return url + (url.find('?') == std::string::npos ? "?" : "&") + "wait=true";
}

}  // namespace

Rendering render_discord(base::Instant, const ReceiverConfig& receiver,
                         const model::OutboxMessage& stored) {
  const auto message = read_message(stored);
  if (!message) return base::fail(message.error());
  Words words = words_of(*message);
  std::string description = description_of(words);
  while (description.size() > kDescription && shorten(words)) description = description_of(words);
  json embed{{"title", cut_characters(escaped(cut_bytes(words.title, kTitle / 2)), kTitle)},
             {"description", cut_bytes(std::move(description), kDescription)},
             {"color", colour(words.tone)},
             {"timestamp", base::format_rfc3339(message->at)},
             {"footer", {{"text", cut_bytes(words.footer, kFooter)}}}};
  if (!words.runbook.empty()) embed["url"] = words.runbook;
  return to_url(with_wait(receiver.url), {{"embeds", json::array({std::move(embed)})},
                                          {"allowed_mentions", {{"parse", json::array()}}}});
}

}  // namespace idpwatch::alerts
