# kip_libarchive: libarchive for tar and zstd, of Debian's libarchive-dev. Of its archive only what we call is linked,
# which needs zstd alone; its other formats' libraries (xml2, lzma, bz2, …) are not asked for.
find_path(LIBARCHIVE_INCLUDE archive.h REQUIRED)
add_library(kip_libarchive INTERFACE)
target_include_directories(kip_libarchive SYSTEM INTERFACE ${LIBARCHIVE_INCLUDE})
if(KIP_STATIC)
  find_library(LIBARCHIVE_LIBRARY libarchive.a REQUIRED)
  find_library(ZSTD_LIBRARY libzstd.a REQUIRED)
  find_library(ZLIB_ARCHIVE libz.a REQUIRED)
  target_link_libraries(kip_libarchive INTERFACE ${LIBARCHIVE_LIBRARY} ${ZSTD_LIBRARY} ${ZLIB_ARCHIVE})
else()
  find_library(LIBARCHIVE_LIBRARY archive REQUIRED)
  target_link_libraries(kip_libarchive INTERFACE ${LIBARCHIVE_LIBRARY})
endif()
