#include "cli/memory.h"

#include <cstdint>

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace kip::cli {

namespace {

// A service that sleeps for hours should not hold what one large answer took: free memory above
// this goes back to the kernel at once.
constexpr int kept_free_bytes = 128 << 10;

// The read-only segments of the program itself, which dl_iterate_phdr(3) names first; libraries of
// a dynamic build are shared with others anyway. Nobody wrote to these pages, so they lose nothing
// – except for breakpoints that a debugger had put there.
int release_program(dl_phdr_info* info, size_t, void*) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    const std::uintptr_t first = begin / page * page;
    const std::uintptr_t end = (begin + segment.p_memsz) / page * page;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): ELF headers hold addresses as integers
    if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
  }
  return 1;  // no more objects
}

}  // namespace

void set_up_heap() {
  mallopt(M_ARENA_MAX, 1);  // one thread allocates; more arenas only hold more
  mallopt(M_TRIM_THRESHOLD, kept_free_bytes);
  mallopt(M_MMAP_THRESHOLD, kept_free_bytes);
}

void release_unused_memory() {
  malloc_trim(0);
  dl_iterate_phdr(release_program, nullptr);
}

}  // namespace kip::cli
