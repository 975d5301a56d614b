// `sleep --install FILE`: how an init container without a shell puts this program into a volume.
#pragma once

namespace kip::sleep {

// Copies the running program to `file`, mode 0555. `file` never exists half-written: the copy is
// made beside it, written out to the disk, and renamed. What stood there before is replaced only by
// a whole copy. 0, or 1 with the operation, the path and the reason on stderr; then nothing is left
// behind.
int install(const char* file);

}  // namespace kip::sleep
