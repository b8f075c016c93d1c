# What every target of ours is compiled with. Warnings are errors only in our presets
# (IDPWATCH_WERROR): a packager's newer compiler must not break the build.
option(IDPWATCH_TESTS "Build the tests" OFF)
option(IDPWATCH_FUZZ "Build the fuzz targets (clang only)" OFF)
option(IDPWATCH_BENCH "Build the benchmarks" OFF)
option(IDPWATCH_WERROR "Warnings are errors" OFF)
set(IDPWATCH_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(IDPWATCH_CCACHE ccache)
if(IDPWATCH_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${IDPWATCH_CCACHE})
endif()

add_library(idpwatch_options INTERFACE)
target_include_directories(idpwatch_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_options(idpwatch_options INTERFACE
  -Wall -Wextra -Wpedantic
  -Wshadow                # a shadowed name is a bug for the next reader
  -Wconversion -Wsign-conversion
  -Wold-style-cast -Wnon-virtual-dtor -Wsuggest-override
  -Wswitch-enum           # a new enumerator must be looked at in every switch
  -Wformat=2
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wduplicated-branches -Wlogical-op>
  # g++ 12 sees overlaps and overruns in inlined std::string copies that are not there (its bugs
  # 105329 and 105651); clang and the sanitizers look for the real ones.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict;-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread>
  # clang warns inside std::stable_sort of libstdc++ 12, which uses what C++17 deprecates. g++ looks
  # for deprecated things that we use ourselves.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
  $<$<CXX_COMPILER_ID:Clang>:-Wreserved-identifier>
  # What a mutex guards is touched only while it is held: see base/mutex.hpp.
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  $<$<BOOL:${IDPWATCH_WERROR}>:-Werror>
  # ccache and precompiled headers: the header's time stamp must not be part of it.
  $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
  $<$<CXX_COMPILER_ID:Clang>:-Xclang -fno-pch-timestamp>)
if(IDPWATCH_SANITIZE)
  target_compile_options(idpwatch_options INTERFACE -fsanitize=${IDPWATCH_SANITIZE}
    -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(idpwatch_options INTERFACE -fsanitize=${IDPWATCH_SANITIZE})
endif()
if(IDPWATCH_FUZZ)
  # Coverage for the fuzz targets; the tests of the same build carry it without harm.
  target_compile_options(idpwatch_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(idpwatch_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_link_libraries(idpwatch_options INTERFACE Threads::Threads)
find_program(IDPWATCH_MOLD mold)
if(IDPWATCH_MOLD)
  target_link_options(idpwatch_options INTERFACE -fuse-ld=mold)
endif()
