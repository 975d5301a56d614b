// What the long-running subcommands share: the loop until a signal, and little memory meanwhile.
#pragma once

#include <functional>

#include "loop/loop.h"

namespace kip::cli {

// Runs the loop. At SIGTERM and SIGINT `shut_down` is called, with what it calls when all is done;
// at a second signal the loop ends at once, as somebody is in a hurry.
void run_until_signal(Loop& loop, const std::function<void(std::function<void()> done)>& shut_down);

}  // namespace kip::cli
