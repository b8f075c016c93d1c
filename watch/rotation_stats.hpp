// What an authority's past tells of its next rotation: the cadence of new signing keys and the
// rotations behind it (checks/timeline/rotations), kept up with every look. One an authority.
//
// Remembers the newest key events alone, so that an authority with a new key every hour costs no
// more than any other. One thread.
#pragma once

#include "base/result.hpp"
#include "checks/timeline/key_timeline.hpp"
#include "checks/timeline/rotations.hpp"
#include "model/event.hpp"
#include "model/key_record.hpp"
#include "storage/reader.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::watch {

class RotationStats {
 public:
  static constexpr std::size_t kEventsMax = 256;

  // What the store knows, once.
  base::Status restore(storage::Reader& stored, const std::string& authority);
  [[nodiscard]] bool restored() const { return restored_; }
  // The events of one look; the timeline has taken that look in.
  void observe(const std::vector<model::Event>& events, const checks::KeyTimeline& timeline);

  void signer_seen(const std::string& authority, const std::string& thumbprint, base::Instant at);

  [[nodiscard]] const std::optional<checks::Learned>& learned() const { return learned_; }
  [[nodiscard]] const std::vector<checks::Rotation>& rotations() const { return rotations_; }
  // Grows whenever something was learned anew.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

 private:
  void keep(const model::Event& event);
  void forget_oldest();
  void learn();

  std::vector<model::Event> events_;  // of keys that came, went or returned; in order of time
  std::map<std::string, model::KeyRecord> keys_;  // those that the events name, by thumbprint
  checks::FirstSigned first_signed_;
  std::optional<checks::Learned> learned_;
  std::vector<checks::Rotation> rotations_;
  bool restored_ = false;
  std::uint64_t revision_ = 0;
};

}  // namespace idpwatch::watch
