#include "alerts/alert_book.hpp"

#include "tests/unit/alerts/support.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using alerts::AlertBook;
using alerts::Change;
using model::AlertState;
using model::CheckResult;
using model::Severity;

namespace {

using CheckResults = std::vector<CheckResult>;

std::vector<Change> changes(const std::vector<alerts::Transition>& transitions) {
  std::vector<Change> out;
  for (const auto& transition : transitions) out.push_back(transition.change);
  return out;
}

}  // namespace

TEST_CASE("three bad observations in a row open, two good ones in a row close", "[alerts]") {
  AlertBook book;
  const CheckResults sick{bad("authority-unreachable", about("entra"))};
  const CheckResults well{good("authority-unreachable", about("entra"))};
  const CheckResults unsure{CheckResult::unknown("authority-unreachable", about("entra"))};

  CHECK(book.apply(kStart, sick).empty());
  CHECK(book.all().at(0)->state == AlertState::kPending);
  CHECK(book.apply(kStart, sick).empty());
  CHECK(book.apply(kStart, unsure).empty());
  CHECK(changes(book.apply(kStart + base::seconds(9), sick)) == std::vector{Change::kFiring});
  CHECK(book.all().at(0)->firing_since == kStart + base::seconds(9));
  CHECK(book.all().at(0)->finding.first_seen == kStart);

  CHECK(book.apply(kStart, well).empty());
  CHECK(book.apply(kStart, sick).empty());  // the good one before does not count any more
  CHECK(book.apply(kStart, well).empty());
  CHECK(book.apply(kStart, unsure).empty());
  CHECK(changes(book.apply(kStart, well)) == std::vector{Change::kResolved});
}

TEST_CASE("a good observation ends what was only pending, without a word", "[alerts]") {
  AlertBook book;
  book.apply(kStart, CheckResults{bad("authority-unreachable", about("entra"))});
  book.apply(kStart, CheckResults{bad("authority-unreachable", about("entra"))});
  CHECK(book.apply(kStart, CheckResults{good("authority-unreachable", about("entra"))}).empty());
  CHECK(book.size() == 0);
  CHECK(book.take_changes().removed.size() == 1);
}

TEST_CASE("another severity is an update of the same finding", "[alerts]") {
  AlertBook book;
  book.apply(kStart, CheckResults{bad("tls-expiring", about("entra"), Severity::kInfo)});
  const auto same = CheckResults{bad("tls-expiring", about("entra"), Severity::kInfo)};
  CHECK(book.apply(kStart, same).empty());
  const auto worse = CheckResults{bad("tls-expiring", about("entra"), Severity::kError)};
  CHECK(changes(book.apply(kStart, worse)) == std::vector{Change::kUpdated});
  CHECK(book.size() == 1);
}

TEST_CASE("an unchanged look at a firing finding stores nothing", "[alerts]") {
  AlertBook book;
  const CheckResults sick{bad("tls-invalid", about("entra"))};
  book.apply(kStart, sick);
  CHECK(book.take_changes().changed.size() == 1);
  book.apply(kStart + base::seconds(60), sick);
  CHECK(book.take_changes().changed.empty());
  CHECK(book.all().at(0)->finding.last_seen == kStart + base::seconds(60));
}

TEST_CASE("a window is news when it moves, not when its values are drawn anew", "[alerts]") {
  auto windowed = [](base::Duration ahead) {
    model::Finding out = finding("refusal-rotation", about("entra", "orders"));
    out.window = model::Window{kStart + ahead, {}, {}, 300};
    return out;
  };
  const alerts::NotifiedFacts told(windowed(base::hours(10)));
  CHECK_FALSE(alerts::news(told, windowed(base::hours(10) + base::minutes(20)), kStart));
  CHECK(alerts::news(told, windowed(base::hours(7)), kStart));
  model::Finding other = windowed(base::hours(10));
  other.window->until = kStart + base::hours(11);
  CHECK(alerts::news(told, other, kStart));
  other = windowed(base::hours(10));
  other.window->longest_s = 7;
  other.evidence = {};
  CHECK_FALSE(alerts::news(told, other, kStart));
  // "If restarted now" begins now at each look.
  CHECK_FALSE(alerts::news(alerts::NotifiedFacts(windowed(base::Duration{0})),
                           windowed(base::hours(3)), kStart + base::hours(3)));
}

TEST_CASE("of a mere chance, an unknown end and what a restart meets are no news", "[alerts]") {
  model::Finding told = finding("refusal-rotation", about("entra", "orders"));
  told.certainty = model::Certainty::kPossible;
  told.window = model::Window{kStart, {}, kStart + base::hours(12), 300};
  told.evidence = {{"key", "kid 'b', thumbprint x", "key set"}, {"started", "unknown", "process"}};
  model::Finding seen = told;
  seen.window->until.reset();
  seen.window->longest_s.reset();
  seen.evidence.insert(seen.evidence.begin() + 1,
                       {"if it is restarted now", "answers 500", "simulation"});
  CHECK_FALSE(alerts::news(alerts::NotifiedFacts(told), seen, kStart));
  // Both are news of what is likely: somebody acts on it.
  told.certainty = seen.certainty = model::Certainty::kLikely;
  CHECK(alerts::news(alerts::NotifiedFacts(told), seen, kStart));
}

TEST_CASE("another key is news, and a measured value is none", "[alerts]") {
  model::Finding told = finding("refusal-rotation", about("entra", "orders"));
  told.evidence = {{"key", "kid 'b', thumbprint x", "key set"},
                   {"first seen", "1 s ago", "key set"}};
  model::Finding seen = told;
  seen.evidence[1].value = "2 s ago";
  CHECK_FALSE(alerts::news(alerts::NotifiedFacts(told), seen, kStart));
  seen.evidence[0].value = "kid 'c', thumbprint y";
  CHECK(alerts::news(alerts::NotifiedFacts(told), seen, kStart));
}

TEST_CASE("an event finding closes by time and by nothing else", "[alerts]") {
  AlertBook book;
  book.apply(kStart, CheckResults{bad("key-material-changed", about("entra"))});
  CHECK(book.due() == kStart + base::hours(24));
  CHECK(book.apply(kStart, CheckResults{good("key-material-changed", about("entra"))}).empty());
  CHECK(book.tick(kStart + base::hours(23)).empty());
  // A second event counts from its own time.
  const CheckResults again{bad("key-material-changed", about("entra"))};
  CHECK(changes(book.apply(kStart + base::hours(1), again)) == std::vector{Change::kUpdated});
  CHECK(book.tick(kStart + base::hours(24)).empty());
  const auto closed = book.tick(kStart + base::hours(25));
  REQUIRE(changes(closed) == std::vector{Change::kResolved});
  CHECK(closed.at(0).reason == "closed by time");
  CHECK_FALSE(book.due());
}

TEST_CASE("keyset-replaced becomes keyset-inconsistent, and does not come back meanwhile",
          "[alerts]") {
  AlertBook book;
  book.apply(kStart, CheckResults{bad("keyset-replaced", about("entra"))});
  const auto both = CheckResults{bad("keyset-replaced", about("entra")),
                                 bad("keyset-inconsistent", about("entra"))};
  const auto moved = book.apply(kStart, both);
  REQUIRE(changes(moved) == std::vector{Change::kFiring, Change::kResolved});
  CHECK(moved.at(1).reason == "became keyset-inconsistent");
  CHECK(book.apply(kStart, CheckResults{bad("keyset-replaced", about("entra"))}).empty());
  const CheckResults calm{good("keyset-inconsistent", about("entra"))};
  for (int i = 0; i < 19; ++i) CHECK(book.apply(kStart, calm).empty());
  CHECK(changes(book.apply(kStart, calm)) == std::vector{Change::kResolved});
}

TEST_CASE("of two judgements with one id in one turn the worse counts", "[alerts]") {
  AlertBook book;
  auto restarted = finding("refusal-issuer", about("entra", "orders"), Severity::kWarning);
  restarted.condition = model::Condition::kRestarted;
  const CheckResults mixed{good("refusal-issuer", about("entra", "orders")),
                           CheckResult::bad(restarted),
                           bad("refusal-issuer", about("entra", "orders"), Severity::kCritical)};
  CHECK(book.apply(kStart, mixed).size() == 1);
  CHECK(book.all().at(0)->finding.severity == Severity::kCritical);
  CHECK(book.apply(kStart, mixed).empty());
}

TEST_CASE("findings whose configuration is gone are resolved with that reason", "[alerts]") {
  AlertBook book;
  book.apply(kStart,
             CheckResults{bad("tls-invalid", about("entra")), bad("tls-invalid", about("okta")),
                          bad("authority-unreachable", about("entra"))});
  const auto gone = book.retire(
      kStart, [](const model::Finding& f) { return f.subject.authority == "entra"; },
      "config_removed");
  REQUIRE(gone.size() == 1);
  CHECK(gone.at(0).reason == "config_removed");
  CHECK(book.size() == 2);  // the pending one vanished, the resolved one waits to be told
}

TEST_CASE("good results without a state leave no trace", "[alerts]") {
  AlertBook book;
  const CheckResults well(1000, good("authority-unreachable", about("entra")));
  CHECK(book.apply(kStart, well).empty());
  CHECK(book.size() == 0);
  CHECK(book.revision() == 0);
}

TEST_CASE("opened and resolved alternate for any sequence of results, restarts included",
          "[alerts]") {
  const std::array rules{"authority-unreachable", "keyset-empty",    "key-material-changed",
                         "clock-offset",          "keyset-replaced", "keyset-inconsistent"};
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 engine(seed);
    const auto draw = [&engine] { return static_cast<unsigned>(engine()); };
    AlertBook book;
    std::map<std::string, bool> open;
    base::Instant now = kStart;
    const auto check = [&open](const std::vector<alerts::Transition>& transitions) {
      for (const auto& transition : transitions) {
        bool& is_open = open[transition.id];
        CAPTURE(transition.id);
        REQUIRE(is_open == (transition.change != Change::kFiring));
        is_open = transition.change != Change::kResolved;
      }
    };
    for (int step = 0; step < 120; ++step) {
      now += base::minutes(draw() % 90);
      CheckResults results;
      for (unsigned i = 0; i < 1 + draw() % 4; ++i) {
        const char* rule = rules.at(draw() % rules.size());
        const model::Subject subject = about(draw() % 2 == 0 ? "a" : "b");
        switch (draw() % 4) {
          case 0:
            results.push_back(good(rule, subject));
            break;
          case 1:
            results.push_back(CheckResult::unknown(rule, subject));
            break;
          default:
            results.push_back(bad(rule, subject, static_cast<Severity>(draw() % 4)));
        }
      }
      check(book.apply(now, results));
      check(book.tick(now));
      if (draw() % 10 == 0) {
        std::vector<model::Alert> alerts;
        for (const model::Alert* alert : book.all()) {
          alerts.push_back(model::alert_from_json(model::to_json(*alert)));
        }
        book = AlertBook();
        book.restore(std::move(alerts));
      }
      if (draw() % 20 == 0) {
        check(book.retire(now, [](const auto& f) { return f.subject.authority == "a"; }, "gone"));
      }
    }
  }
}
