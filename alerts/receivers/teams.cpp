// Microsoft Teams, by a flow that starts with "When a Teams webhook request is received": one
// Adaptive Card, at most 28 KB. Outside text stands in text runs alone: text blocks and fact sets
// read Markdown, and with it links.
#include "alerts/receivers/message_words.hpp"
#include "alerts/receivers/renderers.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace idpwatch::alerts {

namespace {

using nlohmann::json;

constexpr std::size_t kBytes = 20'000;

const char* colour(Tone tone) {
  switch (tone) {
    case Tone::kResolved:
      return "Good";
    case Tone::kInfo:
      return "Default";
    case Tone::kWarning:
      return "Warning";
    case Tone::kError:
    case Tone::kCritical:
      return "Attention";
  }
  return "Default";
}

json run(std::string text, bool bold = false) {
  json out{{"type", "TextRun"}, {"text", std::move(text)}};
  if (bold) out["weight"] = "Bolder";
  return out;
}

json paragraph(json runs) { return {{"type", "RichTextBlock"}, {"inlines", std::move(runs)}}; }

json card_of(const Words& words) {
  json title = run(words.title, true);
  title["size"] = "Medium";
  title["color"] = colour(words.tone);
  json body = json::array();
  body.push_back(paragraph(json::array({std::move(title)})));
  body.push_back(paragraph(json::array({run(words.what)})));
  for (const Fact& fact : words.facts) {
    body.push_back(paragraph(json::array({run(fact.label + ": ", true), run(fact.text)})));
  }
  if (!words.others.empty() || words.more > 0) {
    body.push_back(paragraph(json::array({run("Also:", true)})));
    for (const std::string& line : words.others) {
      body.push_back(paragraph(json::array({run("- " + line)})));
    }
    if (std::string more = more_of(words); !more.empty()) {
      body.push_back(paragraph(json::array({run("- " + std::move(more))})));
    }
  }
  json footer = run(words.footer);
  footer["size"] = "Small";
  footer["isSubtle"] = true;
  body.push_back(paragraph(json::array({std::move(footer)})));
  json card{{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
            {"type", "AdaptiveCard"},
            {"version", "1.2"},
            {"body", std::move(body)},
            {"msteams", {{"width", "Full"}}}};
  if (!words.runbook.empty()) {
    card["actions"] =
        json::array({{{"type", "Action.OpenUrl"}, {"title", "Runbook"}, {"url", words.runbook}}});
  }
  return {{"type", "message"},
          {"attachments", json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                        {"contentUrl", nullptr},
                                        {"content", std::move(card)}}})}};
}

}  // namespace

Rendering render_teams(base::Instant, const ReceiverConfig& receiver,
                       const model::OutboxMessage& stored) {
  const auto message = read_message(stored);
  if (!message) return base::fail(message.error());
  Words words = words_of(*message);
  json card = card_of(words);
  while (json_text(card).size() > kBytes && shorten(words)) card = card_of(words);
  return to_url(receiver.url, card);
}

}  // namespace idpwatch::alerts
