// A drawn truth: what an authority served, who signed when, which service ran since when; and what
// the forecast said of it at one instant. For the law that every refusal lies in a window.
#pragma once

#include "fixture.hpp"
#include "forecast/claims/synthetic_token.hpp"

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace idpwatch::forecast {

// The authority is looked at so often.
inline constexpr base::Duration kLook = base::minutes(1);

// What truly happens: states with the instants at which they begin.
struct Truth final : validators::World {
  struct Keys {
    base::Instant at;
    std::vector<std::string> kids;  // empty: the key set cannot be fetched
    validators::Served served;
  };
  struct Document {
    base::Instant at;
    std::string issuer;  // empty: the document cannot be fetched
    validators::Served served;
  };
  std::string metadata_url;
  std::vector<Keys> keys;
  std::vector<Document> documents;

  [[nodiscard]] const validators::Served& fetch(std::string_view url,
                                                base::Instant at) const override;
  [[nodiscard]] const Keys& keys_at(base::Instant at) const;
  [[nodiscard]] const Document& document_at(base::Instant at) const;
};

struct Refusal {
  base::Instant at;
  std::string kid;
  int status = 0;
  std::string error, because;
  std::vector<std::string> rules;  // that would be right for it
  bool restarted = false;          // of a process that starts at the instant of the judgement
};

// How much changes: a few times in hours; more changes and keys than are told apart; or many times
// within a few forced refreshes.
enum class Pace { kCalm, kBusy, kDense };

class Story {
 public:
  Story(unsigned seed, Pace pace, const char* profile = nullptr);

  // Refusals from now on that no finding tells of, as text.
  std::vector<std::string> broken();
  [[nodiscard]] std::string about() const;
  // What was seen by the stories, to know that they are not about nothing.
  static std::map<std::string, int>& seen();
  // Of what was told of running processes, by its certainty: how often, and how often the drawn one
  // was refused so.
  struct Promise {
    int told = 0, came = 0;
    std::vector<std::string> spared;  // the stories in which it did not come
  };
  static std::map<model::Certainty, Promise>& promises();

 private:
  void count_promises(const std::vector<Refusal>& refusals) const;
  std::int64_t pick(std::int64_t lo, std::int64_t hi);
  bool one_in(int n) { return pick(1, n) == 1; }
  void draw_service();
  void draw_jose();
  void begin_history();
  void draw_truth();
  [[nodiscard]] int changes();
  [[nodiscard]] base::Duration pause();
  std::vector<std::string> next_set(const std::vector<std::string>& before);
  validators::Served outage();
  void look();
  void draw_unknowns();

  void run(base::Instant start, bool restarted, std::vector<Refusal>& refusals);
  [[nodiscard]] std::string signer(base::Instant issued) const;
  [[nodiscard]] std::string issuer(base::Instant issued) const;
  // Kid and issuer of every token that is valid at that instant, the newest first.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> tokens_at(base::Instant at) const;
  validators::Answer ask(validators::Simulation& service, const std::string& kid,
                         const std::string& issuer, base::Instant at);
  [[nodiscard]] std::vector<std::string> right_rules(const validators::Simulation& service,
                                                     const validators::Answer& answer,
                                                     const std::string& kid,
                                                     base::Instant at) const;
  [[nodiscard]] bool comes_and_goes(const std::string& kid) const;
  [[nodiscard]] base::Duration step_after(base::Instant at) const;
  // nullopt: told of.
  [[nodiscard]] std::optional<std::string> untold(const Refusal& refusal) const;

  std::mt19937 random_;
  Pace pace_;
  std::unique_ptr<Fixture> fixture_;
  std::shared_ptr<const validators::Validator> validator_;
  Truth truth_;
  Claims claims_;
  base::Instant begin_, now_, started_;
  double jitter_ = 0.5;
  std::optional<base::Instant> unknown_kid_;
  bool refused_ = false;  // some token, a moment ago
  std::map<base::Instant, base::Duration> switch_after_;
  std::map<std::string, std::shared_ptr<const validators::TokenView>> tokens_;
  std::vector<model::Finding> findings_;
};

}  // namespace idpwatch::forecast
