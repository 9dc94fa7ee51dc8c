# How every target of this tree is built: warnings, sanitizers, include root. Includes are written from the repository root
# ("lib/trit/layout.h"), so a reader sees the room that a header lives in.

find_package(Threads REQUIRED)

# tern_add_library(NAME sources... [LINK libs...])
function(tern_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  tern_target(${name})
endfunction()

# tern_add_executable(NAME sources... [LINK libs...])
function(tern_add_executable name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  tern_target(${name})
endfunction()

# tern_add_test(NAME [ONE_PROCESS] sources... [LINK libs...]): one GoogleTest binary; every TEST in it becomes one ctest, or, where a suite's
# set-up takes longer than its tests, all of them together.
function(tern_add_test name)
  cmake_parse_arguments(TEST "ONE_PROCESS" "" "" ${ARGN})
  tern_add_executable(${name} ${TEST_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE GTest::gtest_main GTest::gmock)
  target_compile_definitions(${name} PRIVATE TERN_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    TERN_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared" TERN_BINARY_DIR="${PROJECT_BINARY_DIR}")
  if(TEST_ONE_PROCESS)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
    return()
  endif()
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()

# tern_add_fuzzer(NAME sources... [LINK libs...]): a libFuzzer binary, built when TERN_FUZZ is on.
function(tern_add_fuzzer name)
  if(TERN_FUZZ)
    tern_add_executable(${name} ${ARGN})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()

# tern_precompile(NAME header): a set of precompiled headers; folders whose targets shall use it set TERN_PRECOMPILED to NAME.
function(tern_precompile name header)
  set(TERN_PRECOMPILED "")
  set(empty ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  file(CONFIGURE OUTPUT ${empty} CONTENT "")
  add_library(${name} OBJECT ${empty})
  target_link_libraries(${name} PRIVATE ${ARGN})
  tern_target(${name})
  target_precompile_headers(${name} PRIVATE ${header})
endfunction()

function(tern_target name)
  if(TERN_PRECOMPILED)
    target_precompile_headers(${name} REUSE_FROM ${TERN_PRECOMPILED})
  endif()
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wno-unused-parameter)
  target_link_libraries(${name} PRIVATE Threads::Threads)
  if(TERN_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${TERN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${name} PRIVATE -fsanitize=${TERN_SANITIZE})
  endif()
  if(TERN_FUZZ)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()
