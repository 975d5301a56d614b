#include "archive/tar.h"

#include <cstdlib>
#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include "base/text.h"

namespace kip::archive {

namespace {

// More than any archive of ours has: others are not read to their end.
constexpr std::size_t most_entries = 10'000;
constexpr std::size_t read_at_once = 10'240;  // headers only: what is between them is skipped

struct FreeEntry {
  void operator()(archive_entry* p) const { archive_entry_free(p); }
};
struct FreeWriter {
  void operator()(struct archive* p) const { archive_write_free(p); }
};
struct FreeReader {
  void operator()(struct archive* p) const { archive_read_free(p); }
};

// Takes one header, and refuses what the writer would put behind it at its end: the data, which it
// was not given.
la_ssize_t append(struct archive*, void* out, const void* bytes, size_t size) {
  auto& header = *static_cast<std::string*>(out);
  if (header.size() == tar_header_bytes) return -1;
  header.append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

std::string tar_header(const std::string& path, std::uint64_t size) {
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), path.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);

  std::string header;
  const std::unique_ptr<struct archive, FreeWriter> writer(archive_write_new());
  archive_write_set_format_gnutar(writer.get());
  archive_write_add_filter_none(writer.get());
  archive_write_set_bytes_per_block(writer.get(), 0);
  archive_write_open(writer.get(), &header, nullptr, append, nullptr);
  archive_write_header(writer.get(), entry.get());
  // Only our own paths and sizes come here.
  if (header.size() != tar_header_bytes) std::abort();
  return header;
}

// POSIX ustar: eleven octal digits; GNU: a bit, and the number in the bytes behind it.
std::optional<std::uint64_t> size_in_header(std::string_view header) {
  constexpr std::size_t at = 124, length = 12;
  if (header.size() < at + length) return std::nullopt;
  const auto field = header.substr(at, length);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(field[i]); };
  std::uint64_t size = 0;
  if (byte(0) == 0x80) {
    for (std::size_t i = 4; i < length; ++i) size = size << 8 | byte(i);
    return size;
  }
  for (std::size_t i = 0; i + 1 < length; ++i) {
    if (byte(i) < '0' || byte(i) > '7') return std::nullopt;
    size = size << 3 | static_cast<std::uint64_t>(byte(i) - '0');
  }
  return size;
}

std::string tar_end() { return std::string(2 * tar_header_bytes, '\0'); }

Result<std::vector<TarEntry>> tar_entries(int fd) {
  const std::unique_ptr<struct archive, FreeReader> reader(archive_read_new());
  archive_read_support_format_tar(reader.get());
  if (lseek(fd, 0, SEEK_SET) != 0 ||
      archive_read_open_fd(reader.get(), fd, read_at_once) != ARCHIVE_OK)
    return permanent("it is no tar archive");
  std::vector<TarEntry> entries;
  archive_entry* entry = nullptr;
  for (;;) {
    const int got = archive_read_next_header(reader.get(), &entry);
    if (got == ARCHIVE_EOF) return entries;
    if (got != ARCHIVE_OK)
      return permanent("it is no whole tar archive: " +
                       quoted(archive_error_string(reader.get()) != nullptr
                                  ? archive_error_string(reader.get())
                                  : "unknown"));
    const char* path = archive_entry_pathname(entry);
    const auto size = archive_entry_size(entry);
    const auto header = archive_read_header_position(reader.get());
    if (archive_entry_filetype(entry) != AE_IFREG || path == nullptr || size < 0) continue;
    entries.push_back({path, static_cast<std::uint64_t>(header) + tar_header_bytes,
                       static_cast<std::uint64_t>(size)});
    if (entries.size() > most_entries)
      return permanent("it has more than " + std::to_string(most_entries) + " files");
  }
}

}  // namespace kip::archive
