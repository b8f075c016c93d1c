// Observations through record text, reader, parser and timeline, as import and daemon do it.
#pragma once

#include "checks/timeline/key_timeline.hpp"
#include "tests/corpus/corpus.hpp"
#include "tests/corpus/oracle.hpp"

#include <map>
#include <string>
#include <vector>

namespace idpwatch::corpus {

struct Replay {
  std::vector<model::Event> events;
  // What the store would hold in the end.
  std::map<std::string, model::KeyRecord> keys;  // by thumbprint
  std::map<std::string, model::KidRecord> kids;
  std::vector<Look> key_looks, document_looks;    // the good ones
  std::map<std::string, std::string> identities;  // thumbprint -> the oracle's identity
};

Replay replay(const Provider& provider);

// Events as the oracle words them.
std::vector<OracleEvent> worded(const std::vector<model::Event>& events,
                                const std::map<std::string, std::string>& identities);
std::string describe(const OracleEvent& event);
// The first difference of the two, whatever the order within one observation; empty: none.
std::string difference(std::vector<OracleEvent> ours, std::vector<OracleEvent> oracles);

}  // namespace idpwatch::corpus
