// ntfy, published as JSON to the server's root. A message of more than 4096 bytes would become an
// attachment; plain text, so that nothing in it is read as markup.
#include "alerts/receivers/message_words.hpp"
#include "alerts/receivers/renderers.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace idpwatch::alerts {

namespace {

using nlohmann::json;

constexpr std::size_t kMessage = 3900, kTitle = 240;

struct Look {
  int priority;
  const char* tag;
};

Look look_of(Tone tone) {
  switch (tone) {
    case Tone::kCritical:
      return {5, "rotating_light"};
    case Tone::kError:
    case Tone::kWarning:
      return {4, "warning"};
    case Tone::kInfo:
      return {2, "information_source"};
    case Tone::kResolved:
      return {3, "white_check_mark"};
  }
  return {3, "information_source"};
}

}  // namespace

Rendering render_ntfy(base::Instant, const ReceiverConfig& receiver,
                      const model::OutboxMessage& stored) {
  const auto message = read_message(stored);
  if (!message) return base::fail(message.error());
  Words words = words_of(*message);
  const Look look = look_of(words.tone);
  json body{{"topic", std::get<Ntfy>(receiver.kind).topic},
            {"title", cut_bytes(words.title, kTitle)},
            {"priority", look.priority},
            {"tags", json::array({look.tag})}};
  if (!words.runbook.empty()) body["click"] = words.runbook;
  body["message"] = plain_text(std::move(words), kMessage);
  return to_url(receiver.url, body);
}

}  // namespace idpwatch::alerts
