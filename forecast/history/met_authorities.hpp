// Authorities of which something is met otherwise by the clients of watched services: as each kind
// of client met them. Made only where something is in doubt. Pure.
#pragma once

#include "forecast/history/meeting.hpp"
#include "forecast/view.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace idpwatch::forecast {

// What the newest looks say of a client's way to the addresses that it asks.
struct Way {
  std::string unknown;             // why it is not known what it meets; empty: it is
  std::vector<std::string> notes;  // it is well, as far as
  // It is served all that it asks for, of which idpwatch was not.
  bool by_itself = false;
};

struct MetAuthority {
  AuthorityFacts facts;  // its history is that of `met`
  MetHistory met;

  // `seen`: by idpwatch.
  [[nodiscard]] Way way(const AuthorityHistory& seen, const validators::Addresses& addresses) const;
};

class MetAuthorities {
 public:
  // Null: as idpwatch met it. Holds until this is gone.
  const MetAuthority* of(const DeploymentView& view);

 private:
  // By history, its revision and the client.
  std::map<std::tuple<const AuthorityHistory*, std::uint64_t, std::string>, MetAuthority> met_;
};

}  // namespace idpwatch::forecast
