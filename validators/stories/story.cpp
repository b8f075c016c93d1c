#include "validators/stories/story.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "model/settings_json.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>

namespace idpwatch::validators {
namespace {

// A body goes out with its members in the order in which the story gives them: of two that differ
// in letter case alone, the last one counts for many readers.
using Json = nlohmann::ordered_json;

constexpr base::JsonLimits kLimits{.bytes = 64UL * 1024 * 1024, .depth = 64};
constexpr std::size_t kMaxPadKib = 64UL * 1024;

struct FaultName {
  std::string_view name;
  Fault fault;
};
constexpr std::array<FaultName, 8> kFaults{{
    {"timeout", Fault::kTimeout},
    {"reset", Fault::kReset},
    {"truncated", Fault::kTruncated},
    {"refused", Fault::kRefused},
    {"dns", Fault::kDns},
    {"tls", Fault::kTls},
    {"tls-name", Fault::kTlsName},
    {"tls-expired", Fault::kTlsExpired},
}};

tl::unexpected<base::Error> wrong(std::string what) {
  return base::fail(base::ErrorKind::kInput, std::move(what));
}

std::string text_or(const Json& object, const char* name, std::string other = {}) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::move(other);
}

std::optional<double> number(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? std::optional(found->get<double>())
                                                     : std::nullopt;
}

base::Duration seconds(double value) { return base::Duration(std::llround(value * 1e6)); }

// White space inside the JSON, behind its first brace.
void pad(std::string& body, std::size_t size) {
  const std::size_t brace = body.find_first_of("{[");
  if (body.size() < size && brace != std::string::npos) {
    body.insert(brace + 1, size - body.size(), ' ');
  }
}

base::Status read_body(const Json& spec, Served& served) {
  std::optional<std::string> body;
  if (const auto found = spec.find("body"); found != spec.end()) {
    body = found->is_string() ? found->get<std::string>()
                              : found->dump(-1, ' ', false, Json::error_handler_t::replace);
  } else if (spec.contains("body_base64")) {
    body = base::base64_decode_lenient(text_or(spec, "body_base64"));
    if (!body) {
      return wrong("body_base64 is no base64");
    }
  } else {
    served.content_type.clear();
  }
  const double kib = number(spec, "pad_kib").value_or(0);
  if (kib < 0 || kib > static_cast<double>(kMaxPadKib)) {
    return wrong("pad_kib is out of range");
  }
  if (body && kib > 0) {
    pad(*body, static_cast<std::size_t>(kib) * 1024);
  }
  served.body = std::make_shared<const std::string>(std::move(body).value_or(std::string()));
  return base::Ok{};
}

base::Result<Served> read_served(const Json& spec) {
  Served served;
  if (const std::string fault = text_or(spec, "fault"); !fault.empty()) {
    for (const FaultName& known : kFaults) {
      if (known.name == fault) {
        served.fault = known.fault;
      }
    }
    if (served.fault == Fault::kNone) {
      return wrong("unknown fault '" + base::printable(fault) + "'");
    }
  }
  served.status = static_cast<int>(number(spec, "status").value_or(200));
  served.delay = seconds(number(spec, "delay_s").value_or(0));
  if (const auto status = read_body(spec, served); !status) {
    return base::fail(status.error());
  }
  if (const auto headers = spec.find("headers"); headers != spec.end() && headers->is_object()) {
    for (const auto& [name, value] : headers->items()) {
      if (value.is_string() && base::iequals(name, "content-type")) {
        served.content_type = value.get<std::string>();
      } else if (value.is_string() && base::iequals(name, "location")) {
        served.location = value.get<std::string>();
      }
    }
  }
  return served;
}

bool is_whole_host(std::string_view url) {
  const std::size_t scheme = url.find("://");
  return scheme != std::string_view::npos && url.find('/', scheme + 3) == std::string_view::npos;
}

base::Result<StoryStep::Serving> read_serving(const Json& object) {
  StoryStep::Serving serving;
  if (!object.is_object()) {
    return wrong("'serve' must be an object");
  }
  for (const auto& [url, spec] : object.items()) {
    Serve serve{url, is_whole_host(url), std::nullopt};
    if (!spec.is_object()) {
      return wrong("what " + base::printable(url) + " serves must be an object");
    }
    if (!spec.empty() || !serve.whole_host) {
      auto served = read_served(spec);
      if (!served) {
        return base::fail(std::move(served.error()).in(base::printable(url)));
      }
      serve.answer = std::move(*served);
    }
    serving.serves.push_back(std::move(serve));
  }
  return serving;
}

base::Result<StoryStep::Asking> read_asking(const Json& step, const Story& story) {
  StoryStep::Asking asking;
  asking.name = text_or(step, "request");
  if (step.contains("authorization")) {
    asking.authorization = text_or(step, "authorization");
  } else if (step.contains("token")) {
    const auto token = story.tokens.find(text_or(step, "token"));
    if (token == story.tokens.end()) {
      return wrong("request " + base::printable(asking.name) + " names an unknown token");
    }
    asking.authorization = "Bearer " + token->second;
  }
  return asking;
}

base::Result<StoryStep> read_step(const Json& object, const Story& story) {
  const auto at = object.is_object() ? number(object, "at") : std::nullopt;
  if (!at || *at < 0 || *at > 1e10) {
    return wrong("a step needs 'at' in seconds after the epoch");
  }
  StoryStep step;
  step.at = seconds(*at);
  if (object.contains("serve")) {
    auto serving = read_serving(object["serve"]);
    if (!serving) {
      return base::fail(serving.error());
    }
    step.what = std::move(*serving);
  } else if (object.contains("start") || object.contains("restart")) {
    step.what = StoryStep::Starting{};
  } else if (const auto off = number(object, "clock")) {
    step.what = StoryStep::ClockOff{seconds(*off)};
  } else if (object.contains("request")) {
    auto asking = read_asking(object, story);
    if (!asking) {
      return base::fail(asking.error());
    }
    step.what = std::move(*asking);
  } else {
    return wrong("a step must serve, start, restart, set the clock or request");
  }
  return step;
}

base::Status read_steps(const Json& root, Story& story) {
  const auto steps = root.find("steps");
  if (steps == root.end() || !steps->is_array()) {
    return wrong("'steps' must be an array");
  }
  for (std::size_t i = 0; i < steps->size(); ++i) {
    auto step = read_step((*steps)[i], story);
    if (!step) {
      return base::fail(std::move(step.error()).in("step " + std::to_string(i)));
    }
    if (!story.steps.empty() && step->at < story.steps.back().at) {
      return wrong("step " + std::to_string(i) + " lies before the one it follows");
    }
    story.steps.push_back(std::move(*step));
  }
  return base::Ok{};
}

base::Status read_deployed(const Json& object, Story& story) {
  Deployed deployed;
  if (!object.is_object()) {
    return wrong("'deployed' must be an object");
  }
  if (const auto files = object.find("files"); files != object.end() && files->is_object()) {
    for (const auto& [name, content] : files->items()) {
      deployed.files[name] = content.is_string() ? content.get<std::string>() : content.dump();
    }
  }
  if (const auto variables = object.find("environment");
      variables != object.end() && variables->is_object()) {
    for (const auto& [name, value] : variables->items()) {
      deployed.environment[name] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
  story.deployed = std::move(deployed);
  return base::Ok{};
}

// A null among the entries of a list reaches the options as such; no library tells it from "".
base::Json settings_of(const Json& object) {
  base::Json settings(object);
  for (base::Json& value : settings) {
    for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
      if (value[i].is_null()) {
        value[i] = "";
      }
    }
  }
  return settings;
}

base::Status read_what_is_asked(const Json& root, Story& story) {
  if (const auto tokens = root.find("tokens"); tokens != root.end() && tokens->is_object()) {
    for (const auto& [name, token] : tokens->items()) {
      if (!token.is_string()) {
        return wrong("token '" + base::printable(name) + "' must be a string");
      }
      story.tokens[name] = token.get<std::string>();
    }
  }
  if (const auto names = root.find("profiles"); names != root.end() && names->is_array()) {
    for (const Json& name : *names) {
      story.profiles.push_back(name.is_string() ? name.get<std::string>() : "");
    }
  }
  if (root.contains("deployed")) {
    return read_deployed(root["deployed"], story);
  }
  if (root.contains("settings")) {
    return model::apply_settings(story.settings, settings_of(root["settings"]), {});
  }
  return base::Ok{};
}

}  // namespace

base::Result<Story> load_story(std::string_view json) {
  if (const auto document = base::parse_json(json, kLimits); !document) {
    return base::fail(document.error());
  }
  const Json root = Json::parse(json);  // which holds: it is within the limits
  if (!root.is_object() || text_or(root, "schema") != "idpwatch.story/v1") {
    return wrong("not an idpwatch.story/v1");
  }
  Story story;
  story.id = text_or(root, "id");
  story.title = text_or(root, "title");
  story.group = text_or(root, "group");
  const auto epoch = base::parse_rfc3339(text_or(root, "epoch"));
  if (story.id.empty() || !epoch) {
    return wrong("a story needs an id and an epoch (RFC 3339)");
  }
  story.epoch = *epoch;
  for (const auto read : {read_what_is_asked, read_steps}) {
    if (const auto status = read(root, story); !status) {
      return base::fail(base::Error(status.error()).in("story " + base::printable(story.id)));
    }
  }
  return story;
}

}  // namespace idpwatch::validators
