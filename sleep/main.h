// What the command line asks for. Called once, by start.cc.
#pragma once

namespace kip::sleep {

// 0: slept to the end, was told to end, installed, or gave help. 1: the kernel refused what was
// asked. 255: this is not a command line of ours; usage is on stderr.
int main(int argc, const char* const* argv);

}  // namespace kip::sleep
