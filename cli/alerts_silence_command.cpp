#include "cli/alerts_silence_command.hpp"

#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/daemon_client.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace idpwatch::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kAnswerBytesMax = std::size_t{4} * 1024 * 1024;

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? base::printable(found->get<std::string>())
                                                     : std::string();
}

std::string matchers_of(const json& silence) {
  std::vector<std::string> texts;
  for (const json& each : silence.value("matchers", json::array())) {
    if (each.is_string()) texts.push_back(base::printable(each.get<std::string>()));
  }
  return base::join(texts, " ");
}

// Who asks, where that is not said: whoever is logged in.
std::string author_of(const AlertsOptions& options) {
  if (options.author) return *options.author;
  const base::Environment environment = base::Environment::of_process();
  for (const char* name : {"SUDO_USER", "USER", "LOGNAME"}) {
    if (const auto value = environment.get(name); value && !value->empty()) return *value;
  }
  return {};
}

base::Result<std::string> body_of(const AlertsOptions& options) {
  json asked{{"matchers", options.matchers},
             {"author", author_of(options)},
             {"comment", options.comment.value_or("")}};
  if (options.lasting.has_value() == options.until.has_value()) {
    return base::fail(base::ErrorKind::kUsage, "a silence needs an end",
                      "give --for 2h, or --until 2026-03-01T06:00:00Z");
  }
  if (options.lasting) asked["for"] = *options.lasting;
  if (options.until) asked["until"] = *options.until;
  return asked.dump(-1, ' ', false, json::error_handler_t::replace);
}

void print(const json& document, const AlertsOptions& options, Streams& streams) {
  if (options.output == Output::kJson) {
    streams.out << document.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
    return;
  }
  Table table({"STATE", "ID", "UNTIL", "MATCHERS", "AUTHOR", "COMMENT"});
  for (const json& silence : document.value("silences", json::array())) {
    if (!silence.is_object()) continue;
    table.add({{text_of(silence, "state")},
               {text_of(silence, "id")},
               {short_time(text_of(silence, "until"))},
               {matchers_of(silence)},
               {text_of(silence, "author")},
               {text_of(silence, "comment")}});
  }
  if (table.empty()) {
    streams.out << "no silences\n";
  } else {
    table.print(streams.out, streams.colour);
  }
}

struct Question {
  Method method = Method::kGet;
  std::string path = "/api/v1/silences";
  std::string body = "{}";
  long wanted = 200;
};

base::Result<Question> question_of(const AlertsOptions& options) {
  Question question;
  if (options.action == AlertsAction::kSilences) return question;
  question.method = Method::kPost;
  if (options.action == AlertsAction::kUnsilence) {
    question.path += "/end?id=" + percent_encode(options.id);
    return question;
  }
  auto body = body_of(options);
  if (!body) return base::fail(body.error());
  question.body = *std::move(body);
  question.wanted = 201;
  return question;
}

}  // namespace

int run_alerts_silence(const AlertsOptions& options, Streams& streams) {
  const auto config = load_config_or_defaults(options.store.config, streams);
  if (!config) return kUsage;
  const auto question = question_of(options);
  if (!question) return report(streams, question.error());
  const auto answer = ask_daemon(*config, question->method, question->path, base::seconds(10),
                                 {question->body, "application/json"});
  if (!answer) return report(streams, answer.error());
  if (answer->status != question->wanted) {
    base::Error error = answer_error(*answer);
    if (answer->status == 400 || answer->status == 404) error.kind = base::ErrorKind::kUsage;
    return report(streams, error);
  }
  const auto document = base::parse_json(answer->body, {kAnswerBytesMax, 16});
  if (!document || !document->value->is_object()) {
    return report(streams, base::make_error(base::ErrorKind::kUnreachable,
                                            "the daemon's answer cannot be read",
                                            "is it of the same version as this command?"));
  }
  print(*document->value, options, streams);
  return kFine;
}

}  // namespace idpwatch::cli
