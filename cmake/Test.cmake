# idpwatch_test(NAME SOURCES ... USES folders... LINKS libraries... [DATA])
#   One Catch2 executable, test_<NAME>, registered with ctest as one test (starting a process per
#   case costs more than the cases). Tests run in the root of the repository and find recorded data
#   in IDPWATCH_TEST_DATA: paths are relative, so a compiler cache serves every checkout.
include_guard()

function(idpwatch_test name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "TIMEOUT" "SOURCES;USES;LINKS;LABELS")
  set(target test_${name})
  add_executable(${target} ${ARG_SOURCES})
  foreach(used IN LISTS ARG_USES)
    target_link_libraries(${target} PRIVATE idpwatch_${used})
  endforeach()
  target_link_libraries(${target} PRIVATE idpwatch_options idpwatch_test_main ${ARG_LINKS})
  target_compile_definitions(${target} PRIVATE IDPWATCH_TEST_DATA="tests/data"
    IDPWATCH_SOURCE_DIR=".")
  target_precompile_headers(${target} REUSE_FROM idpwatch_test_main)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  add_test(NAME ${name} COMMAND ${target} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
