// The recorded providers of tests/data/real-rotations as observations: one for each run of the
// observer, since a recorded entry stands for every later run until the next entry.
#pragma once

#include "model/observation.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace idpwatch::corpus {

struct Provider {
  std::string name;
  // In the order of time. Unchanged bodies are shared, by pointer.
  std::vector<model::Observation> observations;
};

std::filesystem::path folder();
std::vector<std::string> provider_names();  // sorted
Provider load(const std::string& name);

}  // namespace idpwatch::corpus
