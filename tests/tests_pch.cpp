// Compiles the precompiled header, which every test reuses (test_main.cpp cannot use it).
#include "tests/tests_pch.hpp"
