# How every target of this tree is built: warnings, sanitizers, include root. Includes are written from the repository root
# ("lib/trit/layout.h"), so a reader sees the room that a header lives in.

find_package(Threads REQUIRED)

if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # Precompiled headers without a time stamp, so that ccache can tell whether they are the same.
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()
if(CMAKE_CXX_COMPILER_LAUNCHER STREQUAL "ccache")
  # ... and it looks at files that use them only when told that it may: of 202 files it had cached 7.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ccache)
endif()

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

# tern_add_test(NAME [ONE_PROCESS] [THREADS] [SHARED] sources... [LINK libs...]): one GoogleTest binary; every TEST in it becomes one ctest, or,
# where a suite's set-up takes longer than its tests, all of them together. THREADS marks those that start threads: the thread sanitizer has
# nothing to find in the others, which are not built with it. SHARED marks binaries of one process with tests that skip without ../shared.
function(tern_add_test name)
  cmake_parse_arguments(TEST "ONE_PROCESS;THREADS;SHARED" "" "" ${ARGN})
  if(TERN_SANITIZE STREQUAL "thread" AND NOT TEST_THREADS)
    return()
  endif()
  tern_add_executable(${name} ${TEST_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE GTest::gtest_main GTest::gmock)
  target_compile_definitions(${name} PRIVATE TERN_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    TERN_BINARY_DIR="${PROJECT_BINARY_DIR}")
  if(TEST_ONE_PROCESS)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 600 COST 100) # long ones first
    if(TEST_SHARED)
      set_tests_properties(${name} PROPERTIES LABELS shared)
    endif()
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

# tern_collect(FILES DECLARATION CALL TEMPLATE): folders in which a file is found by its name. FILES becomes their .cpp files and one made of
# TEMPLATE.in, whose @TERN_DECLARATIONS@ and @TERN_CALLS@ are a line of DECLARATION and of CALL for each, with its name for NAME.
function(tern_collect files declaration call template)
  file(GLOB found CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  foreach(file ${found})
    get_filename_component(name ${file} NAME_WE)
    string(REPLACE NAME ${name} one_declaration "${declaration}")
    string(REPLACE NAME ${name} one_call "${call}")
    string(APPEND TERN_DECLARATIONS "${one_declaration}\n")
    string(APPEND TERN_CALLS "      ${one_call}\n")
  endforeach()
  configure_file(${template}.in ${template} @ONLY)
  set(${files} ${found} ${CMAKE_CURRENT_BINARY_DIR}/${template} PARENT_SCOPE)
endfunction()

# tern_precompile(NAME [EXECUTABLE] header [LINK libs...]): a set of precompiled headers for libraries, or for executables, whose
# code is not made position-independent in the same way. Folders whose targets shall use it set TERN_PRECOMPILED to NAME.
function(tern_precompile name)
  cmake_parse_arguments(ARG "EXECUTABLE" "" "LINK" ${ARGN})
  set(TERN_PRECOMPILED "")
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  if(ARG_EXECUTABLE)
    file(CONFIGURE OUTPUT ${source} CONTENT "int main() { return 0; }\n")
    add_executable(${name} ${source})
  else()
    file(CONFIGURE OUTPUT ${source} CONTENT "")
    add_library(${name} OBJECT ${source})
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  tern_target(${name})
  target_precompile_headers(${name} PRIVATE ${PROJECT_SOURCE_DIR}/${ARG_UNPARSED_ARGUMENTS})
endfunction()

function(tern_target name)
  get_target_property(type ${name} TYPE)
  if(TERN_PRECOMPILED)
    get_target_property(for_type ${TERN_PRECOMPILED} TYPE)
    if(NOT type STREQUAL "EXECUTABLE" AND NOT for_type STREQUAL "EXECUTABLE" OR type STREQUAL for_type)
      target_precompile_headers(${name} REUSE_FROM ${TERN_PRECOMPILED})
    endif()
  endif()
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wno-unused-parameter)
  target_link_libraries(${name} PRIVATE Threads::Threads)
  if(TERN_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${TERN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${name} PRIVATE -fsanitize=${TERN_SANITIZE})
  endif()
  # The code under test is in libraries. Mains and tests have nothing that needs coverage for the fuzzer, and optimising
  # them under sanitizers takes two thirds of their time (tern-run.cpp: 13.6 s, without 4.5 s).
  if(type STREQUAL "EXECUTABLE")
    if(TERN_SANITIZE)
      target_compile_options(${name} PRIVATE -O0)
    endif()
  elseif(TERN_FUZZ)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(TERN_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()
