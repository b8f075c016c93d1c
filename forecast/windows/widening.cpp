#include "forecast/windows/widening.hpp"

#include "forecast/windows/window_aggregator.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::forecast {

namespace {

model::Window window_of(const Bound& bound) {
  model::Window window;
  window.earliest = whole_second(bound.from);
  if (bound.until) window.until = whole_second(*bound.until + kNextRequest);
  if (bound.longest) window.longest_s = std::chrono::ceil<base::seconds>(*bound.longest).count();
  return window;
}

void widen(model::Window& window, const model::Window& wide) {
  window.earliest = std::min(*window.earliest, *wide.earliest);
  if (!window.until) return;
  if (wide.until) {
    window.until = std::max(*window.until, *wide.until);
  } else {
    window.until.reset();
  }
  if (!wide.longest_s) {
    window.longest_s.reset();
  } else if (window.longest_s) {
    window.longest_s = std::max(*window.longest_s, *wide.longest_s);
  }
}

}  // namespace

void widen(std::vector<Problem>& problems, std::vector<Bound> bounds, model::Condition condition) {
  for (Bound& bound : bounds) {
    const auto known = std::find_if(problems.begin(), problems.end(),
                                    [&](const Problem& one) { return one.rule == bound.rule; });
    Problem wide;
    wide.window = window_of(bound);
    if (known != problems.end()) {
      widen(known->window, wide.window);
      known->also = std::move(bound.also);
      if (bound.answer.logged() != known->error || bound.key.empty()) continue;
      known->key = bound.key;
      known->kid = bound.kid;
      known->message = bound.answer.message;
      known->because = bound.answer.because;
      continue;
    }
    wide.rule = bound.rule;
    wide.condition = condition;
    wide.certainty = model::Certainty::kPossible;
    wide.chance = 0;  // of those that were tried, none was refused
    wide.status = bound.answer.status;
    wide.error = bound.answer.logged();
    wide.detail = bound.answer.detail;
    wide.message = bound.answer.message;
    wide.because = bound.answer.because;
    wide.key = bound.key;
    wide.kid = bound.kid;
    wide.also = std::move(bound.also);
    wide.url = bound.url;
    wide.answer = bound.met;
    wide.meeting = bound.meeting;
    problems.push_back(std::move(wide));
  }
}

}  // namespace idpwatch::forecast
