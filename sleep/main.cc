#include "main.h"

#include "duration.h"
#include "install.h"
#include "message.h"
#include "pause.h"

namespace kip::sleep {

namespace {

constexpr int bad_usage = 255;

constexpr char usage[] =
    "usage: sleep DURATION          sleep so long, as in 720h, 1h15m30.5s or 250ms\n"
    "       sleep --install FILE    copy this program to FILE, mode 0555\n";

bool same(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) ++a, ++b;
  return *a == *b;
}

}  // namespace

int main(int argc, const char* const* argv) {
  if (argc == 3 && same(argv[1], "--install") && *argv[2] != '\0') return install(argv[2]);
  if (argc == 2) {
    if (same(argv[1], "--help")) {
      say(standard_output, usage);
      return 0;
    }
    const Duration duration = parse_duration(argv[1]);
    if (duration.valid) return pause_for(duration.nanoseconds);
    say(standard_error, "sleep: not a duration: ");
    say_foreign(standard_error, argv[1]);
    say(standard_error, "\n");
  }
  say(standard_error, usage);
  return bad_usage;
}

}  // namespace kip::sleep
