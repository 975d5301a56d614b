// A record, or an archive's headers, that somebody else wrote: nothing leads outside the folder,
// and what was read is found again when it is written.
#include <cstdint>
#include <cstdlib>

#include <sys/mman.h>
#include <unistd.h>

#include "archive/record.h"
#include "archive/tar.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kip::archive;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Record record = parse_record(text);
  for (const auto& [file, of] : record.archives)
    if (!stays_below(file) || file.find("..") == 0 || file[0] == '/') std::abort();
  if (parse_record(to_text(record)).archives.size() != record.archives.size()) std::abort();

  const int fd = memfd_create("fuzz", 0);
  if (fd < 0 || write(fd, data, size) != static_cast<ssize_t>(size)) std::abort();
  (void)tar_entries(fd);
  (void)size_in_header(text);
  close(fd);
  return 0;
}
