// What became of the newest test message to a receiver, for those who asked for it. Plain values.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::alerts {

struct TestMessage {
  enum class State {
    kWaiting,    // not tried yet: its commit, or another message, comes first
    kDelivered,  // 2xx
    kRefused,    // people must act: another attempt comes in an hour at best
    kRetrying,   // failed, and is tried again by the schedule
  };
  std::string receiver, id;  // id: webhook-id
  base::Instant made_at;
  State state = State::kWaiting;
  int attempts = 0;
  int status = 0;      // of the last answer; 0: none
  std::string reason;  // why it was not delivered; outside text
  std::optional<base::Instant> next_attempt_at;
};

constexpr std::string_view to_text(TestMessage::State state) {
  switch (state) {
    case TestMessage::State::kWaiting:
      return "waiting";
    case TestMessage::State::kDelivered:
      return "delivered";
    case TestMessage::State::kRefused:
      return "refused";
    case TestMessage::State::kRetrying:
      return "retrying";
  }
  return "";
}

}  // namespace idpwatch::alerts
