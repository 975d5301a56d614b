#include "cli/process.h"

#include <cstdint>
#include <utility>

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace kip::cli {

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // up to the hard limit nobody is refused
}

namespace {

// A service that sleeps for hours should not hold what one large answer took: free memory above
// this goes back to the kernel at once.
constexpr int kept_free_bytes = 128 << 10;

// By then the first DaemonSet is written or compared and the watches are open.
constexpr Duration start_is_over = std::chrono::seconds(5);
// A roll-out or a new connection brings back what is then not needed for hours. Rare enough to cost
// nothing: what is needed again comes back in some hundred minor faults.
constexpr Duration between_releases = std::chrono::minutes(10);

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

MemoryKeeper::MemoryKeeper(Scheduler& scheduler) : scheduler_(scheduler) {
  release_in(start_is_over);
}

void MemoryKeeper::release_in(Duration delay) {
  timer_ = scheduler_.after(delay, [this] {
    const HandlePtr ended = std::move(timer_);
    malloc_trim(0);
    dl_iterate_phdr(release_program, nullptr);
    release_in(between_releases);
  });
}

}  // namespace kip::cli
