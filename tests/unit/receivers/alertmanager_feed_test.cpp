#include "alerts/alertmanager_feed.hpp"

#include "tests/unit/alerts/support.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using nlohmann::json;

namespace {

// Two Alertmanagers that keep what they are told, as they do: by the labels, until its end.
struct Pair {
  alerts::AlertsConfig config;
  fakes::FakeHttp http;
  base::SeededRandom random{7};
  std::unique_ptr<alerts::AlertCenter> center;
  base::Instant now = kStart;
  std::map<std::string, int> posts, answers;  // by host
  std::map<std::string, std::map<json, json>> told;

  Pair() {
    config = config_of({"hook"});
    alerts::ReceiverConfig am;
    am.name = "am";
    am.kind = alerts::Alertmanager{{"http://am-1:9093", "http://am-2:9093"}};
    config.receivers.push_back(std::move(am));
    center = std::make_unique<alerts::AlertCenter>(config, random, http);
  }

  void keep(alerts::Turn turn) { center->acknowledged(turn.ticket); }
  void answer() {
    http.answer_all([this](const net::HttpRequest& request) {
      const auto url = base::parse_url(request.url);
      if (!url || url->port != 9093) return fakes::http_answer(204);
      ++posts[url->host];
      const int status = answers.contains(url->host) ? answers.at(url->host) : 200;
      if (status != 200) return fakes::http_answer(status);
      CHECK(url->path == "/api/v2/alerts");
      for (const json& alert : json::parse(request.body)) {
        told[url->host].insert_or_assign(alert.at("labels"), alert);
      }
      return fakes::http_answer(200);
    });
  }
  void settle() {
    for (int turns = 0; turns < 100; ++turns) {
      answer();
      const auto due = center->next_due();
      if (!due || *due > now) return;
      keep(center->tick(now));
    }
    FAIL("never at rest");
  }
  void advance(base::Duration by) {
    for (const base::Instant until = now + by; now < until;) {
      now = std::min(until, now + base::seconds(1));
      settle();
    }
  }
  void see(std::vector<model::CheckResult> results) {
    keep(center->apply(now, results));
    settle();
  }
  // Those that still fire there at this instant.
  [[nodiscard]] std::size_t firing(const std::string& host) const {
    const auto found = told.find(host);
    if (found == told.end()) return 0;
    std::size_t count = 0;
    for (const auto& [labels, alert] : found->second) {
      if (*base::parse_rfc3339(alert.at("endsAt").get<std::string>()) > now) ++count;
    }
    return count;
  }
};

}  // namespace

TEST_CASE("what holds is told to every Alertmanager within seconds, and again each minute",
          "[receivers]") {
  Pair pair;
  pair.see(refusals(3, model::Severity::kCritical));
  pair.advance(base::seconds(2));
  CHECK(pair.firing("am-1") == 3);
  CHECK(pair.firing("am-2") == 3);
  const int before = pair.posts["am-1"];
  pair.advance(base::minutes(10));
  CHECK(pair.posts["am-1"] == before + 10);
  CHECK(pair.firing("am-1") == 3);
}

TEST_CASE("an Alertmanager hears of an end at once, and of one that it missed by its time",
          "[receivers]") {
  Pair pair;
  pair.see({bad("issuer-mismatch", about("entra"))});
  pair.advance(base::minutes(2));
  REQUIRE(pair.firing("am-1") == 1);
  pair.answers["am-1"] = 503;  // it is away when it ends
  pair.see({good("issuer-mismatch", about("entra"))});
  pair.advance(base::minutes(5));
  CHECK(pair.firing("am-2") == 0);
  pair.answers.clear();
  pair.advance(base::minutes(2));
  CHECK(pair.firing("am-1") == 0);
  const int before = pair.posts["am-1"];
  pair.advance(base::minutes(5));
  CHECK(pair.posts["am-1"] == before);
}

TEST_CASE("when we die an alert resolves by itself within four minutes", "[receivers]") {
  Pair pair;
  pair.see({bad("issuer-mismatch", about("entra"))});
  pair.advance(base::minutes(2));
  pair.center.reset();
  pair.now += base::minutes(4);
  CHECK(pair.firing("am-1") == 0);
}

TEST_CASE("another severity is another alert there, and the former one ends", "[receivers]") {
  Pair pair;
  pair.see({bad("issuer-mismatch", about("entra"), model::Severity::kWarning)});
  pair.advance(base::seconds(5));
  pair.see({bad("issuer-mismatch", about("entra"), model::Severity::kCritical)});
  pair.advance(base::seconds(5));
  CHECK(pair.told["am-1"].size() == 2);
  CHECK(pair.firing("am-1") == 1);
}

TEST_CASE("the labels of an alert hold nothing of the instance that tells it", "[receivers]") {
  model::Finding seen = finding("issuer-mismatch", about("entra"));
  const auto labels = alerts::labels_of(seen);
  seen.vantage = "another";
  seen.summary = "other words";
  CHECK(alerts::labels_of(seen) == labels);
  CHECK_FALSE(labels.contains("instance"));
  CHECK(labels.at("alertname") == "issuer-mismatch");
}

TEST_CASE("an Alertmanager gets no outside text as it came", "[receivers]") {
  model::Finding evil = finding("issuer-mismatch", about("ent\x1b[31mra"));
  evil.summary = "\xE2\x80\xAE" + std::string(100'000, 'x');
  evil.evidence.assign(100, {"kid", std::string(10'000, '\n'), ""});
  alerts::AlertmanagerAlert alert;
  alert.labels = alerts::labels_of(evil);
  alert.annotations = alerts::annotations_of(kStart, evil, "https://runbooks/");
  const std::string body = alerts::render_alerts({&alert, 1});
  CHECK(body.size() < 10'000);
  CHECK(body.find("\\u001b") == std::string::npos);
  CHECK(body.find("\xE2\x80\xAE") == std::string::npos);
}

TEST_CASE("an Alertmanager that refuses us is a finding for the others, an outage after a while",
          "[receivers]") {
  Pair pair;
  pair.see({bad("issuer-mismatch", about("entra"))});
  pair.answers["am-2"] = 503;
  pair.advance(base::minutes(10));
  const auto self = [&pair] {
    for (const model::Alert& alert : pair.center->open_alerts()) {
      if (alert.finding.rule == "self-receiver") return alert.finding.summary;
    }
    return std::string();
  };
  CHECK(self().empty());
  pair.advance(base::minutes(10));
  CHECK_THAT(self(), Catch::Contains("am-2:9093: HTTP 503"));
  pair.answers.clear();
  pair.advance(base::minutes(2));
  for (const model::Alert& alert : pair.center->open_alerts()) {
    if (alert.finding.rule == "self-receiver") CHECK(alert.state != model::AlertState::kFiring);
  }
  CHECK(pair.center->counters().at("am").reasons.at(
            static_cast<std::size_t>(alerts::FailureReason::kServer)) > 10);
}

TEST_CASE("a test message goes to every instance, and fails when one of them fails",
          "[receivers]") {
  Pair pair;
  pair.answers["am-2"] = 401;
  auto turn = pair.center->test(pair.now, "am");
  REQUIRE(turn.has_value());
  pair.keep(*std::move(turn));
  pair.settle();
  CHECK(pair.posts["am-1"] == 1);
  CHECK(pair.posts["am-2"] == 1);
  CHECK(pair.center->tests().at("am").state == alerts::TestMessage::State::kRefused);
}

TEST_CASE("a thousand alerts go in requests of 256", "[receivers]") {
  Pair pair;
  pair.see(refusals(1000, model::Severity::kCritical));
  pair.advance(base::seconds(2));
  CHECK(pair.firing("am-1") == 1000);
  CHECK(pair.posts["am-1"] == 4);
}

TEST_CASE("a heartbeat is an alert that always fires", "[receivers]") {
  Pair pair;
  pair.config.heartbeat = {base::hours(1), {"am", "hook"}};
  pair.keep(pair.center->reconfigure(pair.now, pair.config));
  pair.advance(base::minutes(61));
  REQUIRE(pair.told["am-1"].size() == 1);
  CHECK(pair.told["am-1"].begin()->first.at("alertname") == "idpwatch-heartbeat");
  CHECK(pair.firing("am-1") == 1);
}
