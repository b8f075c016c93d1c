// What a judgement costs, counted in simulated requests and bodies read, not in time: at most
// linear in what an authority did, and nothing is read twice.
#include "fixture.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <functional>

namespace idpwatch::forecast {

namespace {

using base::minutes;

struct Service {
  const char *profile, *version, *variant;
};
constexpr std::array kServices{Service{"aspnetcore-jwtbearer", "5.6.0", ""},
                               Service{"aspnetcore-jwtbearer", "6.10.0", ""},
                               Service{"aspnetcore-jwtbearer", "7.7.1", ""},
                               Service{"aspnetcore-jwtbearer", "8.0.1", ""},
                               Service{"aspnetcore-jwtbearer", "8.23.0", ""},
                               Service{"aspnetcore-jwtbearer", "8.23.0", "blocking"},
                               Service{"aspnetcore-jwtbearer", "8.23.0", "legacy-handler"},
                               Service{"microsoft-identity-web", "4.18.0", ""},
                               Service{"openiddict-validation", "7.8.0", ""}};

std::string name(int number) { return "k" + std::to_string(number); }

std::vector<std::string> names(int first, int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back(name(first + i));
  return all;
}

validators::Served status(int code) {
  validators::Served served;
  served.status = code;
  return served;
}

struct Kind {
  const char* name;
  std::function<void(Fixture&, base::Instant, int)> change;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"swaps", [](Fixture& w, base::Instant at, int i) { w.keys(at, {name(i)}); }},
      {"overlaps", [](Fixture& w, base::Instant at, int i) { w.keys(at, names(i, 2)); }},
      {"twenty keys", [](Fixture& w, base::Instant at, int i) { w.keys(at, names(i, 20)); }},
      {"two nodes", [](Fixture& w, base::Instant at, int i) { w.keys(at, {name(i % 2)}); }},
      {"outages",
       [](Fixture& w, base::Instant at, int i) {
         w.serve(at, kMetadata, i % 2 == 0 ? body(document(kIssuer)) : status(500 + i % 4));
       }},
      {"keys in outages", [](Fixture& w, base::Instant at, int i) {
         if (i % 3 == 0) return w.keys(at, names(i, 2));
         w.serve(at, kMetadata, i % 3 == 1 ? status(503) : body(document(kIssuer)));
       }}};
  return all;
}

struct Work {
  std::size_t requests = 0, parsed = 0, read = 0;
};

// Of one judgement after so many changes, a minute apart, and of the next one.
std::pair<Work, Work> work_of(const Service& service, const Kind& kind, int changes) {
  Fixture world(service.version);
  world.settings.profile = service.profile;
  world.settings.variant = service.variant;
  world.settings.metadata_url = model::TextSetting(std::string(kMetadata));
  for (int i = 1; i <= changes; ++i) kind.change(world, kNoon + minutes(i), i);
  world.documents = std::make_shared<validators::DocumentStore>();
  const auto judge = [&] {
    const Work before{world.documents->requests(), world.documents->parsed(),
                      world.history.readings().parsed()};
    world.judge(kNoon + minutes(changes));
    return Work{world.documents->requests() - before.requests,
                world.documents->parsed() - before.parsed,
                world.history.readings().parsed() - before.read};
  };
  const Work first = judge();
  return {first, judge()};
}

}  // namespace

TEST_CASE("The work of a judgement is bounded, and at most linear in the number of changes",
          "[forecast]") {
  for (const Service& service : kServices) {
    for (const Kind& kind : kinds()) {
      CAPTURE(service.profile, service.version, service.variant, kind.name);
      const Work few = work_of(service, kind, 12).first;
      const Work many = work_of(service, kind, 1000).first;
      CHECK(few.requests < 100'000);
      // Beside those of the handful of processes that are asked, a few for each change.
      CHECK(many.requests < few.requests + 20 * 1000);
    }
  }
}

TEST_CASE("No body is read twice: neither within a judgement nor by the next one", "[forecast]") {
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name);
    constexpr int kChanges = 300;
    const auto [first, next] = work_of(kServices[4], kind, kChanges);
    CHECK(first.parsed <= 2 + kChanges);
    CHECK(first.read <= 2 + kChanges);
    CHECK(next.parsed == 0);
    CHECK(next.read == 0);
  }
}

}  // namespace idpwatch::forecast
