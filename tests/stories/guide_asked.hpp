// Questions as the guide puts them: a version, what is spoilt, the answer as "401 IDX10503".
#pragma once

#include "tests/stories/guide_scene.hpp"

#include <functional>
#include <string>
#include <vector>

namespace idpwatch::test {

using Spoil = std::function<void(Scene&)>;
using Texts = std::vector<std::string>;

// A key that nobody has seen.
std::string other_key();
void unknown_kid(Scene& scene);
void expire(Scene& scene);
void unreachable(Scene& scene);
Spoil document(const std::string& text);

std::string asked(const std::string& version, const Spoil& spoil, const std::string& variant = {});
// The statuses of requests, so many minutes after the first one; the authority swaps to a new key
// after the first, good one.
std::string after_swap(const std::string& version, const std::vector<double>& minutes,
                       const Spoil& before = {}, const std::string& variant = {});

}  // namespace idpwatch::test
