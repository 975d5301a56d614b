#include "archive/zstd_reader.h"

#include <string>

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include "base/text.h"

namespace kip::archive {

namespace {

constexpr std::size_t read_at_once = 128 << 10;

Error unreadable(struct ::archive* reader) {
  const char* words = archive_error_string(reader);
  return permanent("it cannot be unpacked: " + quoted(words != nullptr ? words : "unknown"));
}

}  // namespace

void ZstdReader::Free::operator()(struct ::archive* p) const { archive_read_free(p); }

ZstdReader::ZstdReader(int fd) : reader_(archive_read_new()) {
  archive_read_support_filter_zstd(reader_.get());
  archive_read_support_format_raw(reader_.get());
  archive_read_support_format_empty(reader_.get());
  lseek(fd, 0, SEEK_SET);
  archive_read_open_fd(reader_.get(), fd, read_at_once);  // what is wrong with it next() says
}

ZstdReader::~ZstdReader() = default;

Result<std::string_view> ZstdReader::next() {
  if (!is_open_) {
    archive_entry* entry = nullptr;
    const int got = archive_read_next_header(reader_.get(), &entry);
    if (got == ARCHIVE_EOF) return std::string_view();
    if (got != ARCHIVE_OK) return unreadable(reader_.get());
    if (archive_filter_code(reader_.get(), 0) != ARCHIVE_FILTER_ZSTD)
      return permanent("it cannot be unpacked: it is not zstd");
    is_open_ = true;
  }
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    const int got = archive_read_data_block(reader_.get(), &bytes, &size, &offset);
    if (got == ARCHIVE_EOF) return std::string_view();
    if (got != ARCHIVE_OK) return unreadable(reader_.get());
    if (size > 0) return std::string_view(static_cast<const char*>(bytes), size);
  }
}

}  // namespace kip::archive
