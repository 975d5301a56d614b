// A file that others replace while we run: tokens, certificates, a CA. Read again when it changed.
// Belongs to the loop; reading blocks, which is meant for small local files only.
#pragma once

#include <string>

#include <sys/stat.h>

#include "base/result.h"

namespace kip {

// The whole file. Permanent Error if it cannot be read or is over 4 MiB, which no kubeconfig,
// token or bundle of CAs comes near; `what` says what it is, for the message.
Result<std::string> read_small_file(const std::string& path, const std::string& what);

class WatchedFile {
 public:
  WatchedFile() = default;
  WatchedFile(std::string path, std::string what)
      : path_(std::move(path)), what_(std::move(what)) {}

  const std::string& path() const { return path_; }

  // The present content. One stat each time, which follows the symlinks that the kubelet swaps for
  // a new token. A file that is gone or unreadable for a moment keeps its last content: the server
  // says if that is too old.
  Result<std::string> read();

  // The same of a file that need not be there: empty once it has gone. One of a mounted Secret or
  // ConfigMap is never gone for a moment, as the kubelet swaps them all at once.
  std::string text_if_there();

  // The next read() opens the file whatever stat says.
  void forget() { known_ = false; }

 private:
  std::string path_, what_, content_;
  struct stat seen_ {};
  bool known_ = false, ever_read_ = false;
};

}  // namespace kip
