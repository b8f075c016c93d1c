// Which key signs when: guesses that a publication allows. A key signs at the earliest from its
// first sight on and at the latest until it leaves the set; a set with one key leaves no choice.
// Pure.
#pragma once

#include "forecast/history/key_set_history.hpp"
#include "forecast/view.hpp"
#include "forecast/windows/scenario.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::forecast {

struct Signing {
  std::vector<std::string> unusable;  // thumbprints that sign no tokens for this service
  // Entries by whose name it refuses a key that it takes by another one: a certificate is over.
  std::vector<Label> unusable_labels = {};
  std::optional<std::string> algorithm;
  Claims claims;              // of tokens that are taken
  bool issuer_moves = false;  // they bear the issuer of the document of their time
  std::optional<SignerPin> pin = std::nullopt;
};

// Its tokens are meant for this service, and it takes them.
bool is_usable(const std::string& thumbprint, const Signing& signing);
bool is_usable(const model::Jwk& entry, const Signing& signing);

// Three that differ most: keys change as late as they can; every new key signs at once; those that
// are published now have signed since they came.
std::vector<Schedule> schedules(const KeySetHistory& line, const Signing& signing);

}  // namespace idpwatch::forecast
