// What the watch says of each authority when it is asked.
#include "tests/replays/replay.hpp"

#include <algorithm>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::hours;
using base::minutes;
using State = watch::AuthorityState::State;

namespace {

const std::string kShop = "https://shop.test";

bool is_told(const watch::Snapshot& shot, std::string_view rule) {
  return std::ranges::any_of(shot.findings(),
                             [&](const model::Finding* finding) { return finding->rule == rule; });
}

}  // namespace

TEST_CASE("an authority whose certificate is about to end is well until it does", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.certificates[kShop] = replay.clock().wall() + hours(5);
  replay.start();
  replay.advance(minutes(5));
  const auto before = replay.watch().snapshot();
  CHECK(is_told(*before, "tls-expiring"));
  CHECK(before->authorities.front().state == State::kOk);

  replay.fail(kShop, model::FailureKind::kTls, model::FailureDetail::kCertificateExpired);
  replay.advance(minutes(5));
  CHECK(replay.watch().snapshot()->authorities.front().state == State::kFailing);
}

TEST_CASE("an authority that answers with a key set without keys is not well", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(5));
  CHECK(replay.watch().snapshot()->authorities.front().state == State::kOk);
  replay.keys(kShop, {});
  replay.advance(minutes(10));
  CHECK(replay.watch().snapshot()->authorities.front().state == State::kFailing);
}
