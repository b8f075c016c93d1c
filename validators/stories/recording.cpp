#include "validators/stories/recording.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

namespace idpwatch::validators {
namespace {

using base::Json;

constexpr base::JsonLimits kLimits{.bytes = 64UL * 1024 * 1024, .depth = 64};

std::string text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

base::Result<RecordedAnswer> read_answer(const Json& object) {
  RecordedAnswer answer;
  if (!object.is_object() || !object.contains("status") || !object["status"].is_number_integer()) {
    return base::fail(base::ErrorKind::kInput, "an answer needs a status");
  }
  answer.status = object["status"].get<int>();
  answer.error = text(object, "error");
  answer.challenge = text(object, "challenge");
  if (const auto fetches = object.find("fetches"); fetches != object.end()) {
    if (!fetches->is_array() || fetches->size() != 2 || !(*fetches)[0].is_number_integer() ||
        !(*fetches)[1].is_number_integer()) {
      return base::fail(base::ErrorKind::kInput, "fetches must be two numbers");
    }
    answer.discovery_fetches = (*fetches)[0].get<int>();
    answer.key_fetches = (*fetches)[1].get<int>();
  }
  return answer;
}

// Fetches that never reached the authority are not counted.
bool counts_arrivals(const Json& root) {
  const auto recorded = root.find("recorded");
  return recorded != root.end() && recorded->is_object() &&
         text(*recorded, "fetches_counted") == "arrivals";
}

base::Status read_answers(const Json& root, Recording& recording) {
  const bool arrivals = counts_arrivals(root);
  const auto stories = root.find("answers");
  if (stories == root.end() || !stories->is_object()) {
    return base::fail(base::ErrorKind::kInput, "'answers' must be an object");
  }
  for (const auto& [story, requests] : stories->items()) {
    auto& answers = recording.answers[story];
    for (const auto& [request, object] : requests.items()) {
      auto answer = read_answer(object);
      if (!answer) {
        const std::string place =
            base::printable(story).append("/").append(base::printable(request));
        return base::fail(std::move(answer.error()).in(place));
      }
      answer->arrivals = arrivals;
      answers[request] = std::move(*answer);
    }
  }
  return base::Ok{};
}

}  // namespace

base::Result<Recording> load_recording(std::string_view json) {
  auto document = base::parse_json(json, kLimits);
  if (!document) {
    return base::fail(document.error());
  }
  const Json& root = *document->value;
  if (!root.is_object() || text(root, "schema") != "idpwatch.recording/v1" ||
      !root.contains("validator") || !root["validator"].is_object()) {
    return base::fail(base::ErrorKind::kInput, "not an idpwatch.recording/v1");
  }
  Recording recording;
  const Json& validator = root["validator"];
  recording.profile = text(validator, "profile");
  recording.version = text(validator, "version");
  recording.variant = text(validator, "variant");
  if (const auto status = read_answers(root, recording); !status) {
    return base::fail(status.error());
  }
  if (const auto reasons = root.find("not_applicable");
      reasons != root.end() && reasons->is_object()) {
    for (const auto& [story, reason] : reasons->items()) {
      recording.not_applicable[story] = reason.is_string() ? reason.get<std::string>() : "";
    }
  }
  return recording;
}

}  // namespace idpwatch::validators
