# Every third-party library, its least version, and nothing else. All come from the distribution;
# nothing is fetched at build time. docs/dependencies.md says what each is for.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt 9.1 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(RapidJSON REQUIRED)
find_package(prometheus-cpp REQUIRED)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)

# RapidJSON's CMake package names a variable, not a target.
add_library(idpwatch_rapidjson INTERFACE)
target_include_directories(idpwatch_rapidjson SYSTEM INTERFACE ${RapidJSON_INCLUDE_DIRS})

if(IDPWATCH_TESTS)
  find_package(Catch2 2.13 REQUIRED)
endif()

message(STATUS "curl ${CURL_VERSION_STRING}, OpenSSL ${OPENSSL_VERSION}, SQLite ${SQLite3_VERSION}, "
               "nlohmann_json ${nlohmann_json_VERSION}, spdlog ${spdlog_VERSION}, fmt ${fmt_VERSION}, "
               "yaml-cpp ${yaml-cpp_VERSION}, CLI11 ${CLI11_VERSION}")
