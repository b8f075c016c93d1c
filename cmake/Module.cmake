# idpwatch_module(NAME SOURCES ... USES folders... LINKS libraries... [NO_HEADERS])
#   One static library per folder. USES are folders of ours (public); LINKS are third-party
#   libraries (private: their headers stay in .cpp files). Header-only folders are not needed.
#   Each header of the folder is compiled alone by the target idpwatch_<NAME>_headers; NO_HEADERS for
#   a second library of one folder.
include_guard()

function(idpwatch_module name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "NO_HEADERS" "" "SOURCES;USES;LINKS")
  set(target idpwatch_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  target_link_libraries(${target} PUBLIC idpwatch_options tl::expected nlohmann_json::nlohmann_json)
  foreach(used IN LISTS ARG_USES)
    target_link_libraries(${target} PUBLIC idpwatch_${used})
  endforeach()
  target_link_libraries(${target} PRIVATE ${ARG_LINKS})
  idpwatch_precompile(${target})
  if(NOT ARG_NO_HEADERS)
    idpwatch_check_headers(${name})
  endif()
endfunction()

# The few heavy headers that most sources use, parsed once. One compiled header serves all targets.
function(idpwatch_precompile target)
  if(NOT TARGET idpwatch_pch)
    add_library(idpwatch_pch STATIC ${PROJECT_SOURCE_DIR}/cmake/pch.cpp)
    target_link_libraries(idpwatch_pch PUBLIC idpwatch_options tl::expected nlohmann_json::nlohmann_json)
    target_precompile_headers(idpwatch_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/pch.hpp)
  endif()
  target_link_libraries(${target} PUBLIC idpwatch_pch)
  target_precompile_headers(${target} REUSE_FROM idpwatch_pch)
endfunction()

# Header self-containment. Where NAME.cpp includes NAME.hpp before all else, clang-tidy's reading of
# that source, without the precompiled header, shows it. Each other header has a source made for it,
# built by the target `headers`, which the lint step of CI runs.
function(idpwatch_check_headers name)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp
       ${CMAKE_CURRENT_SOURCE_DIR}/*/*.hpp)
  if(NOT headers)
    return()
  endif()
  set(sources)
  foreach(header IN LISTS headers)
    idpwatch_includes_first(own ${header})
    if(own)
      continue()
    endif()
    string(MAKE_C_IDENTIFIER ${header} id)
    set(source ${PROJECT_BINARY_DIR}/headers/${id}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
    list(APPEND sources ${source})
  endforeach()
  if(NOT sources)
    return()
  endif()
  add_library(idpwatch_${name}_headers OBJECT EXCLUDE_FROM_ALL ${sources})
  target_link_libraries(idpwatch_${name}_headers PRIVATE idpwatch_options tl::expected
                        nlohmann_json::nlohmann_json)
  if(NOT TARGET headers)
    add_custom_target(headers)
  endif()
  add_dependencies(headers idpwatch_${name}_headers)
endfunction()

# Whether the source of the same name begins with HEADER.
function(idpwatch_includes_first result header)
  set(${result} FALSE PARENT_SCOPE)
  string(REGEX REPLACE "\\.hpp$" ".cpp" source ${PROJECT_SOURCE_DIR}/${header})
  if(EXISTS ${source})
    file(STRINGS ${source} first REGEX "^#include" LIMIT_COUNT 1)
    if(first STREQUAL "#include \"${header}\"")
      set(${result} TRUE PARENT_SCOPE)
    endif()
  endif()
endfunction()
