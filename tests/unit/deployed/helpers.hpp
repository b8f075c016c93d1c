// Short ways to say what is deployed and to look at what was read.
#pragma once

#include "deployed/core/reading.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace idpwatch::deployed {

inline DeployedFile file(std::string path, std::string bytes, bool named = true) {
  return {std::move(path), std::move(bytes), named};
}

inline Environment variables(std::vector<std::pair<std::string, std::string>> pairs) {
  Environment environment;
  for (auto& [name, value] : pairs) environment.push_back({name, value, {}});
  return environment;
}

inline DeployedReading read(const std::vector<DeployedFile>& files,
                            const Environment& environment = {}, const Declared& declared = {}) {
  auto reading = read_deployed(files, environment, declared);
  if (!reading) FAIL(reading.error().text());
  return std::move(*reading);
}

inline DeployedValidator read_one(const std::vector<DeployedFile>& files,
                                  const Environment& environment = {},
                                  const Declared& declared = {}) {
  DeployedReading reading = read(files, environment, declared);
  REQUIRE(reading.validators.size() == 1);
  return reading.validators.front();
}

inline bool has_note(const std::vector<Note>& notes, NoteKind kind, const std::string& part) {
  for (const Note& note : notes) {
    if (note.kind == kind && note.text.find(part) != std::string::npos) return true;
  }
  return false;
}

using Texts = std::vector<std::string>;

}  // namespace idpwatch::deployed
