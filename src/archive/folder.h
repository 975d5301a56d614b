// The folder of archives on this node: nothing outside it is touched, whatever links others put
// into it. What we need for ourselves is in one hidden folder there (OwnFolder). Belongs to the
// loop; blocks, as files do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "archive/file.h"
#include "archive/layout.h"
#include "archive/own_folder.h"

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
  // Whether the path still leads to it, and our own folder is in it. If not, it has to be opened
  // anew: what is written into a folder that was removed is nowhere.
  bool is_there() const;

  const OwnFolder& own() const { return own_; }

  // Of a regular file; nothing where there is none.
  std::optional<State> state(const std::string& file) const;
  Result<File, runtime::Failure> read(const std::string& file) const;
  // What an archive says of itself; nothing where it is none of ours.
  std::optional<Marked> marked(const std::string& file) const;
  // A failure where something that is there stands in the way of a file of this name; "": none.
  Status can_be_put(const std::string& file) const;
  Status touch(const std::string& file, std::int64_t modified) const;
  Status remove(const std::string& file) const;

  // The partial file is on the disk, mode 0644, in the place of what was there.
  Status publish(File& partial, const std::string& name, const std::string& file,
                 std::int64_t modified) const;
  // `link` leads to `file`, in the place of a file or a link; what led there from `old_link` is
  // removed, if that is another. "": no link.
  Status move_link(const std::string& old_link, const std::string& link,
                   const std::string& file) const;
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
  Status make_link(const std::string& link, const std::string& file) const;
  void remove_empty_folders(std::string file) const;
  std::string shown(const std::string& file) const { return path_ + "/" + file; }

  std::string path_;
  File folder_;
  OwnFolder own_;
};

}  // namespace kip::archive
