// Precompiled for every test: Catch2 and what cmake/pch.hpp holds.
#pragma once

#include "cmake/pch.hpp"

#include <catch2/catch.hpp>
