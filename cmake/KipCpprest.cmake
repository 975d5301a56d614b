# kip_cpprest: cpprestsdk's static library with Boost and OpenSSL. Debian ships no archive of it, so
# hack/build-cpprest builds one (a minute, once) and keeps it in the cache folder.
set(CPPREST_ROOT "" CACHE PATH "Prefix of cpprestsdk's static library (empty: hack/build-cpprest)")
set(cpprest_root ${CPPREST_ROOT})
if(NOT cpprest_root)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/hack/build-cpprest
    OUTPUT_VARIABLE cpprest_root OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "hack/build-cpprest failed; set CPPREST_ROOT if the library is elsewhere")
  endif()
endif()

set(Boost_USE_STATIC_LIBS ${KIP_STATIC})
set(OPENSSL_USE_STATIC_LIBS ${KIP_STATIC})
find_package(Boost 1.74 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Threads REQUIRED)

add_library(kip_cpprest INTERFACE)
target_include_directories(kip_cpprest SYSTEM INTERFACE ${cpprest_root}/include)
# The platform-string macro is `U`, which breaks Boost's templates.
target_compile_definitions(kip_cpprest INTERFACE _TURN_OFF_PLATFORM_STRING)
target_link_libraries(kip_cpprest INTERFACE ${cpprest_root}/lib/libcpprest.a OpenSSL::SSL
  OpenSSL::Crypto Boost::boost Threads::Threads)
