# kip_grpc                 gRPC's C++ library without TLS, and protobuf's small runtime: Debian's
# kip_proto(NAME FILE...)  a library of what protoc makes of .proto files; an include is the path under src/
#
# Only messages are made, no stubs: src/rpc calls by a method's path, so that gRPC's headers, which are slow
# to compile, are read in one folder.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_program(PROTOC protoc REQUIRED)
pkg_check_modules(GRPC REQUIRED grpc++_unsecure)
pkg_check_modules(PROTOBUF_LITE REQUIRED protobuf-lite)

add_library(kip_grpc INTERFACE)
target_include_directories(kip_grpc SYSTEM INTERFACE ${GRPC_INCLUDE_DIRS} ${PROTOBUF_LITE_INCLUDE_DIRS})
if(KIP_STATIC)
  # pkg-config names some twice and leaves out those that gRPC's own build knows without it. What is no archive of
  # these packages (pthread, rt) is left to the compiler.
  set(names ${GRPC_STATIC_LIBRARIES} protobuf-lite upb cares re2 address_sorting z)
  list(REMOVE_DUPLICATES names)
  set(archives)
  foreach(name ${names})
    find_library(GRPC_ARCHIVE_${name} lib${name}.a)
    mark_as_advanced(GRPC_ARCHIVE_${name})
    if(GRPC_ARCHIVE_${name} AND NOT name MATCHES "^(pthread|rt|dl|m|atomic)$")
      list(APPEND archives ${GRPC_ARCHIVE_${name}})
    endif()
  endforeach()
  # They need each other, in both directions.
  target_link_libraries(kip_grpc INTERFACE -Wl,--start-group ${archives} -Wl,--end-group Threads::Threads)
else()
  target_link_libraries(kip_grpc INTERFACE ${GRPC_LINK_LIBRARIES} ${PROTOBUF_LITE_LINK_LIBRARIES} Threads::Threads)
endif()

function(kip_proto name)
  set(out ${CMAKE_BINARY_DIR}/generated)
  set(sources)
  foreach(file ${ARGN})
    file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    string(REGEX REPLACE "[.]proto$" ".pb" made ${out}/${path})
    add_custom_command(OUTPUT ${made}.cc ${made}.h
      COMMAND ${PROTOC} --proto_path=${CMAKE_SOURCE_DIR}/src --cpp_out=${out} ${path}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/src)
    list(APPEND sources ${made}.cc ${made}.h)
  endforeach()
  add_library(${name} STATIC ${sources})
  # Of others' making: no warning of ours applies to them, nor to who includes them.
  target_compile_options(${name} PRIVATE -w)
  target_link_libraries(${name} PRIVATE kip_options PUBLIC kip_grpc)
  target_include_directories(${name} SYSTEM PUBLIC ${out})
endfunction()
