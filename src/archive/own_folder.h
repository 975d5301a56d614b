// What we need for ourselves, in a hidden folder beside the archives: the record, a lock, and
// archives that are not whole. Belongs to the loop; blocks, as files do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/file.h"
#include "archive/record.h"

namespace kip::archive {

// In `at`, a link is no folder. Any user may read one that is made, whatever the umask is. `shown`
// is its whole path, for messages.
Result<File, runtime::Failure> open_folder(int at, const std::string& name,
                                           const std::string& shown, bool is_made);

class OwnFolder {
 public:
  using Status = File::Status;
  struct Partial {
    std::string name;  // without folders
    std::uint64_t bytes;
  };

  OwnFolder() = default;
  // Makes it in `at`, whose path is `shown`, where it is not there.
  static Result<OwnFolder, runtime::Failure> open(int at, const std::string& shown);

  int fd() const { return folder_.fd(); }
  // Whether it is still what `at` has under its name.
  bool is_in(int at) const;

  // Until the File is gone no other process has it; nothing where another has it now.
  Result<std::optional<File>, runtime::Failure> lock() const;

  // Empty where there is none, or something else.
  Record read_record() const;
  Status write_record(const Record& record) const;

  Result<File, runtime::Failure> open_partial(const std::string& name) const;
  static std::string path_of_partial(const std::string& name);  // for Folder::read
  std::vector<Partial> partials() const;
  void remove_partial(const std::string& name) const;
  int partials_fd() const { return partials_.fd(); }

 private:
  File folder_, partials_;
};

}  // namespace kip::archive
