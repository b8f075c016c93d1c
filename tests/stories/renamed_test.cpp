#include "base/encoding.hpp"
#include "base/text.hpp"
#include "cli/story_files.hpp"
#include "tests/stories/scenarios.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <regex>
#include <set>

using namespace idpwatch;

namespace {

using Json = nlohmann::ordered_json;  // a body keeps the order of its members

constexpr std::int64_t kDay = 86'400;

std::string renamed(const std::string& text, const char* members) {
  const std::regex label("\"(" + std::string(members) + ")\"(\\s*:\\s*)\"((?:[^\"\\\\]|\\\\.)+)\"");
  return std::regex_replace(text, label, "\"$1\"$2\"renamed-$3\"");
}

std::string later(const std::string& text) {
  static const std::regex instant("\\b1[67][0-9]{8}\\b");
  std::string out;
  auto at = text.begin();
  for (std::sregex_iterator found(text.begin(), text.end(), instant), end; found != end; ++found) {
    out.append(at, (*found)[0].first);
    out += std::to_string(std::stoll(found->str()) + kDay);
    at = (*found)[0].second;
  }
  out.append(at, text.end());
  return out;
}

// A part that is odd base64url stays as it is: nobody reads it.
template <class Change>
std::string changed_part(std::string_view part, Change change) {
  const auto octets = base::base64url_decode(part);
  return octets && base::base64url_encode(*octets) == part ? base::base64url_encode(change(*octets))
                                                           : std::string(part);
}

std::string changed_token(const std::string& token, test::RememberingOracle& oracle) {
  auto parts = base::split(token, '.');
  if (parts.size() != 3) {
    return token;
  }
  const std::string header =
      changed_part(parts[0], [](const std::string& text) { return renamed(text, "kid|x5t"); });
  const std::string payload = changed_part(parts[1], later);
  std::string input = header + '.' + payload;
  oracle.originals[input] = std::string(parts[0]) + '.' + std::string(parts[1]);
  return input + '.' + std::string(parts[2]);
}

bool can_be_reordered(const Json& keys) {
  std::set<std::string> kids;
  for (const Json& key : keys) {
    if (!key.is_object() || !key.contains("kid") || !key["kid"].is_string() ||
        key["kid"].get<std::string>().empty() || !kids.insert(key["kid"]).second) {
      return false;
    }
  }
  return true;
}

Json changed_body(const Json& body) {
  if (body.is_string()) {
    return renamed(body.get<std::string>(), "kid");
  }
  Json changed = Json::parse(renamed(body.dump(), "kid"));
  if (changed.is_object() && changed.contains("keys") && changed["keys"].is_array() &&
      can_be_reordered(changed["keys"])) {
    std::reverse(changed["keys"].begin(), changed["keys"].end());
  }
  return changed;
}

// Other kids, other order of keys, a day later; the signatures stay, by way of the oracle.
std::string changed_story(const std::string& text, test::RememberingOracle& oracle) {
  Json root = Json::parse(text);
  if (root.contains("tokens")) {
    for (auto& [name, token] : root["tokens"].items()) {
      token = changed_token(token.get<std::string>(), oracle);
    }
  }
  for (Json& step : root["steps"]) {
    if (step.contains("authorization")) {
      const std::string header = step["authorization"];
      const std::size_t space = header.rfind(' ');
      if (space != std::string::npos) {
        step["authorization"] =
            header.substr(0, space + 1) + changed_token(header.substr(space + 1), oracle);
      }
    }
    if (step.contains("serve")) {
      for (auto& [url, served] : step["serve"].items()) {
        if (served.contains("body")) {
          served["body"] = changed_body(served["body"]);
        }
      }
    }
  }
  const auto epoch = base::parse_rfc3339(root["epoch"].get<std::string>());
  root["epoch"] = base::format_rfc3339(*epoch + base::seconds(kDay));
  return root.dump();
}

std::string summary(const std::vector<validators::StoryAnswer>& answers) {
  std::string text;
  for (const auto& one : answers) {
    text += one.request + ' ' + std::to_string(one.answer.status) + ' ' + one.answer.error + ' ' +
            std::to_string(one.answer.fetches.discovery) + '+' +
            std::to_string(one.answer.fetches.keys) + '\n';
  }
  return text;
}

const validators::Asked kAsked[] = {
    {"aspnetcore-jwtbearer", "5.7.2", "", ""},
    {"aspnetcore-jwtbearer", "6.10.0", "", ""},
    {"aspnetcore-jwtbearer", "6.33.0", "host7", ""},
    {"aspnetcore-jwtbearer", "8.0.1", "", ""},
    {"aspnetcore-jwtbearer", "8.23.0", "", ""},
    {"aspnetcore-jwtbearer", "8.23.0", "legacy-handler", ""},
    {"microsoft-identity-web", "4.18.0", "", ""},
    {"openiddict-validation", "7.8.0", "", ""},
};

}  // namespace

TEST_CASE("other kids, another order of keys and a day's shift change no answer", "[stories]") {
  test::RememberingOracle oracle;
  const auto store = std::make_shared<validators::DocumentStore>();
  const auto deployed = cli::deployed_reader();
  for (const auto& [id, text] : test::story_texts()) {
    const validators::Story story = test::story(text);
    const validators::Story changed = test::story(changed_story(text, oracle));
    for (const validators::Asked& asked : kAsked) {
      if (!validators::is_for(story, asked.profile)) {
        continue;
      }
      const auto validator = validators::validator_for(story, asked, deployed, store);
      REQUIRE(validator);
      if (!*validator) {
        continue;
      }
      INFO(id << " " << asked.profile << "@" << asked.version << " " << asked.variant);
      CHECK(summary(validators::run_story(story, *validator, oracle, false)) ==
            summary(validators::run_story(changed, *validator, oracle, false)));
    }
  }
}
