// Precompiled for every target: see cmake/Module.cmake. Sources still name what they use.
#pragma once

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

// The JSON value is instantiated once, in pch.cpp, instead of in every source.
extern template class nlohmann::basic_json<>;
