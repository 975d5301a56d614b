# kip_library(NAME SOURCES... [LINK LIBS...])  a part of the service: src/<name>
# kip_test(NAME SOURCES... [LINK LIBS...])     its GoogleTest program; ctest knows each test as <name>.<suite>.<test>
#   WHOLE                                      … or the program as one test, named <name>
#   THREADS                                    more than one thread runs in it: make test-sanitizers looks for races
# kip_fuzz(NAME SOURCE [LINK LIBS...])         a fuzz target, and a ctest that replays its seed corpus
find_package(GTest REQUIRED)
include(GoogleTest)

# What the thread sanitizer is for; all else runs on one thread.
add_custom_target(tests_with_threads)

function(kip_library name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC kip_options ${arg_LINK})
endfunction()

function(kip_test name)
  cmake_parse_arguments(arg "WHOLE;THREADS" "" "LINK" ${ARGN})
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gmock_main)
  set(properties TIMEOUT 300)
  if(arg_THREADS)
    list(APPEND properties LABELS threads)
    add_dependencies(tests_with_threads ${name})
  endif()
  # The working directory is for testdata/.
  if(arg_WHOLE)
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES ${properties})
  else()
    # Asked for its tests when ctest begins, and only if it is newer than the answer: a build does not wait for it.
    gtest_discover_tests(${name} TEST_PREFIX ${name}. WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} NO_PRETTY_VALUES
      DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
  endif()
endfunction()

# Each fuzz target defines LLVMFuzzerTestOneInput. Its seeds are in fuzz/<name>/ beside the source.
# Without KIP_FUZZ it is linked with a small main that replays the seeds; that is what `make test` runs.
function(kip_fuzz name source)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  set(seeds ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/${name})
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE ${arg_LINK} kip_options)
  if(KIP_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/src/testing/replay_corpus.cc)
  endif()
  add_test(NAME ${name} COMMAND ${name} ${seeds})
  set_tests_properties(${name} PROPERTIES TIMEOUT 60 LABELS fuzz)
endfunction()
