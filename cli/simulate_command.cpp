#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/progress.hpp"
#include "cli/story_files.hpp"
#include "cli/streams.hpp"
#include "cli/terminal.hpp"
#include "validators/stories/story_runner.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;
using validators::Agreement;
using validators::Asked;
using validators::Story;
using validators::StoryAnswer;

constexpr std::size_t kRecordingBytesMax = 64UL * 1024 * 1024;

// "aspnetcore-jwtbearer@8.16.0+blocking"
base::Result<Asked> parse_asked(const std::string& text) {
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string::npos || at + 1 == text.size()) {
    return base::fail(base::ErrorKind::kUsage, "'" + base::printable(text) + "' names no validator",
                      "as in aspnetcore-jwtbearer@8.0.1 or aspnetcore-jwtbearer@8.16.0+blocking");
  }
  const std::size_t plus = text.find('+', at);
  Asked asked;
  asked.profile = text.substr(0, at);
  asked.version = text.substr(at + 1, plus == std::string::npos ? plus : plus - at - 1);
  asked.variant = plus == std::string::npos ? "" : text.substr(plus + 1);
  return asked;
}

std::string name_of(const Asked& asked) {
  return asked.profile + '@' + asked.version + (asked.variant.empty() ? "" : '+' + asked.variant);
}

struct Totals {
  int stories = 0;
  Agreement sum;

  void add(const Agreement& one) {
    ++stories;
    sum.requests += one.requests;
    sum.status_equal += one.status_equal;
    sum.error_equal += one.error_equal;
    sum.fetches_equal += one.fetches_equal;
    sum.drawn += one.drawn;
  }
};

Json json_of(const StoryAnswer& answer) {
  const auto& a = answer.answer;
  return {{"request", answer.request},
          {"at", std::chrono::duration<double>(answer.at).count()},
          {"status", a.status},
          {"error", a.error.empty() ? Json(nullptr) : Json(a.error)},
          {"fetches", {a.fetches.discovery, a.fetches.keys}},
          {"because", a.because},
          {"spread", a.spread}};
}

std::vector<std::string> all_differences(const Agreement& agreement) {
  std::vector<std::string> differences = agreement.differences;
  differences.insert(differences.end(), agreement.fetch_differences.begin(),
                     agreement.fetch_differences.end());
  return differences;
}

void print_json(const Story& story, const std::string& validator,
                const std::vector<StoryAnswer>& answers, const std::optional<Agreement>& agreement,
                Streams& streams) {
  Json line{{"schema", "idpwatch.simulate/v1"}, {"id", story.id}, {"validator", validator}};
  line["answers"] = Json::array();
  for (const StoryAnswer& answer : answers) {
    line["answers"].push_back(json_of(answer));
    Json& at = line["answers"].back()["at"];
    if (const auto whole = static_cast<std::int64_t>(at.get<double>());
        static_cast<double>(whole) == at.get<double>()) {
      at = whole;
    }
  }
  line["agrees"] = agreement ? Json(agreement->differences.empty()) : Json(nullptr);
  line["differences"] = agreement ? Json(all_differences(*agreement)) : Json::array();
  streams.out << line.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

void print_text(const Story& story, const std::vector<StoryAnswer>& answers,
                const std::optional<Agreement>& agreement, Streams& streams) {
  const auto painted = [&](std::string_view text, Colour colour) {
    return paint(text, colour, streams.colour);
  };
  streams.out << painted(base::printable(story.id), Colour::kBold) << "  "
              << base::printable(story.title) << '\n';
  Table table({"  REQUEST", "AT", "STATUS", "ERROR", "FETCHES", "BECAUSE"});
  for (const StoryAnswer& one : answers) {
    const auto& answer = one.answer;
    table.add(
        {{"  " + one.request},
         {base::describe_duration(one.at)},
         {std::to_string(answer.status) + (answer.spread ? " ~" : ""),
          answer.accepted() ? Colour::kGreen : Colour::kRed},
         {answer.error.empty() ? "-" : answer.error},
         {std::to_string(answer.fetches.discovery) + "+" + std::to_string(answer.fetches.keys)},
         {answer.because}});
  }
  table.print(streams.out, streams.colour);
  if (agreement) {
    const auto differences = all_differences(*agreement);
    streams.out << (differences.empty() ? painted("  as recorded", Colour::kGreen) : "") << '\n';
    for (const std::string& difference : differences) {
      streams.out << painted("  differs: " + base::printable(difference), Colour::kRed) << '\n';
    }
  } else {
    streams.out << '\n';
  }
}

void print_summary(const Totals& totals, Output output, Streams& streams) {
  const Agreement& sum = totals.sum;
  if (output == Output::kJson) {
    const Json line{{"schema", "idpwatch.simulate-summary/v1"},
                    {"stories", totals.stories},
                    {"requests", sum.requests},
                    {"status_equal", sum.status_equal},
                    {"error_equal", sum.error_equal},
                    {"fetches_equal", sum.fetches_equal},
                    {"drawn", sum.drawn}};
    streams.out << line.dump() << '\n';
    return;
  }
  streams.out << totals.stories << " stories, " << sum.requests
              << " requests; equal to the recording: " << sum.status_equal << " statuses, "
              << sum.error_equal << " errors, " << sum.fetches_equal << " fetch counts\n";
}

struct Job {
  std::vector<Story> stories;
  Asked asked;
  std::optional<validators::Recording> recording;
};

base::Result<Job> read_job(const SimulateOptions& options) {
  Job job;
  if (options.recording) {
    const auto bytes = base::read_file(*options.recording, kRecordingBytesMax);
    if (!bytes) {
      return base::fail(bytes.error());
    }
    auto recording = validators::load_recording(*bytes);
    if (!recording) {
      return base::fail(std::move(recording.error()).in(*options.recording));
    }
    job.asked = {recording->profile, recording->version, recording->variant, {}};
    job.recording = std::move(*recording);
  }
  if (options.validator) {
    auto asked = parse_asked(*options.validator);
    if (!asked) {
      return base::fail(asked.error());
    }
    job.asked = *asked;
  } else if (!options.recording) {
    return base::fail(base::ErrorKind::kUsage, "no validator was named",
                      "give --validator PROFILE@VERSION, or --recording FILE");
  }
  auto stories = read_stories(options.stories);
  if (!stories) {
    return base::fail(stories.error());
  }
  job.stories = std::move(*stories);
  return job;
}

// The stories of one command, one after the other.
class Run {
 public:
  Run(const Job& job, Output output, Streams& streams)
      : job_(job), output_(output), streams_(streams), name_(name_of(job.asked)) {}

  // False: an answer disagrees.
  base::Result<bool> answer(const Story& story) {
    if (!validators::is_for(story, job_.asked.profile)) {
      pass_over(story);
      return true;
    }
    const auto validator = validators::validator_for(story, job_.asked, deployed_reader(), store_);
    if (!validator) {
      return base::fail(validator.error());
    }
    if (!*validator) {
      pass_over(story);
      return true;
    }
    note(**validator);
    const auto answers = validators::run_story(story, *validator);
    const auto agreement = compared(story, answers);
    if (output_ == Output::kJson) {
      print_json(story, name_, answers, agreement, streams_);
    } else {
      print_text(story, answers, agreement, streams_);
    }
    return !agreement || agreement->differences.empty();
  }

  // Nothing of the recording was compared: an agreement that says nothing.
  [[nodiscard]] base::Status compared_something() const {
    if (!job_.recording || totals_.stories != 0) return base::Ok{};
    const auto& no_answer_to = job_.recording->not_applicable;
    const bool said_so = std::any_of(job_.stories.begin(), job_.stories.end(), [&](const Story& s) {
      return no_answer_to.find(s.id) != no_answer_to.end();
    });
    if (said_so) return base::Ok{};
    const Asked recorded{
        job_.recording->profile, job_.recording->version, job_.recording->variant, {}};
    return base::fail(base::ErrorKind::kUsage,
                      "the recording of " + base::printable(name_of(recorded)) +
                          " answers none of the stories that were asked of " +
                          base::printable(name_),
                      "name stories that it answers, or leave --validator out");
  }

  void sum_up() {
    if (passed_over_ != 0 && output_ == Output::kText) {
      streams_.err << "note: " << passed_over_ << (passed_over_ == 1 ? " story" : " stories")
                   << " cannot be asked of " << base::printable(name_) << '\n';
    }
    if (job_.recording) {
      print_summary(totals_, output_, streams_);
    }
  }

 private:
  void pass_over(const Story& story) {
    ++passed_over_;
    if (output_ == Output::kJson) {
      print_json(story, name_, {}, {}, streams_);
    }
  }

  // What is to be said about a validator, once.
  void note(const validators::Validator& validator) {
    for (const std::string& text : validator.notes()) {
      if (noted_.insert(text).second) {
        streams_.err << "note: " << base::printable(name_) << ": " << base::printable(text) << '\n';
      }
    }
  }

  std::optional<Agreement> compared(const Story& story, const std::vector<StoryAnswer>& answers) {
    if (!job_.recording) {
      return std::nullopt;
    }
    const auto found = job_.recording->answers.find(story.id);
    if (found == job_.recording->answers.end()) {
      return std::nullopt;
    }
    Agreement agreement = validators::compare(answers, found->second);
    totals_.add(agreement);
    return agreement;
  }

  const Job& job_;
  Output output_;
  Streams& streams_;
  std::string name_;
  std::shared_ptr<validators::DocumentStore> store_ = std::make_shared<validators::DocumentStore>();
  Totals totals_;
  std::set<std::string> noted_;
  int passed_over_ = 0;
};

}  // namespace

int run_simulate(const SimulateOptions& options, Streams& streams) {
  const auto job = read_job(options);
  if (!job) {
    report(streams, job.error());
    return kUsage;
  }
  const base::SystemClock clock;
  Progress progress(streams, clock);
  Run run(*job, options.output, streams);
  bool agrees = true;
  for (const Story& story : job->stories) {
    progress.show("simulating " + base::printable(story.id));
    const auto equal = run.answer(story);
    if (!equal) {
      report(streams, equal.error());
      return kUsage;
    }
    agrees = agrees && *equal;
  }
  run.sum_up();
  if (const auto something = run.compared_something(); !something) {
    report(streams, something.error());
    return kUsage;
  }
  return agrees ? kFine : kFound;
}

}  // namespace idpwatch::cli
