// The folder of archives on this node: nothing outside it is touched, whatever links others put
// into it. What we need for ourselves is in one hidden folder there: the record, a lock, and
// archives that are not whole. Belongs to the loop; blocks, as files do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/file.h"
#include "archive/record.h"

namespace kip::archive {

class Folder {
 public:
  using Status = File::Status;
  struct State {
    std::uint64_t bytes = 0;
    std::int64_t modified = 0;  // ns since 1970
  };

  // Makes it where it is not there. A failure where it is no folder, or cannot be written.
  static Result<Folder, runtime::Failure> open(const std::string& path);

  // Until the File is gone no other process has it; nothing where another has it now.
  Result<std::optional<File>, runtime::Failure> lock() const;

  Record read_record() const;
  Status write_record(const Record& record) const;

  // Of a regular file; nothing where there is none.
  std::optional<State> state(const std::string& file) const;
  Result<File, runtime::Failure> read(const std::string& file) const;
  // What an archive says of itself; nothing where it is none of ours.
  std::optional<std::string> mark(const std::string& file) const;
  // As of now.
  Status touch(const std::string& file, std::int64_t modified) const;
  Status remove(const std::string& file) const;

  // Of archives that are not whole: their names have no folders.
  Result<File, runtime::Failure> open_partial(const std::string& name) const;
  std::string path_of_partial(const std::string& name) const;  // for read()
  std::vector<std::string> partials() const;
  void remove_partial(const std::string& name) const;
  // On the disk, mode 0644, in the place of what was there.
  Status publish(File& partial, const std::string& name, const std::string& file,
                 std::int64_t modified) const;
  // `link` leads to `file`. In the place of a file or a link.
  Status make_link(const std::string& link, const std::string& file) const;
  // Only if it is a link to `file`.
  void remove_link(const std::string& link, const std::string& file) const;

  std::uint64_t free_bytes() const;

 private:
  // A file's folder, and its name there.
  struct Place {
    File folder;
    std::string name;
  };
  Result<Place, runtime::Failure> place(const std::string& file, bool makes_folders) const;
  void remove_empty_folders(std::string file) const;
  std::string shown(const std::string& file) const { return path_ + "/" + file; }

  std::string path_;
  File folder_, own_, partials_;
};

}  // namespace kip::archive
