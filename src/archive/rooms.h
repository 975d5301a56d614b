// The disk's room for archives that are being written: the whole of each has to find room before
// its first byte, beside what others have still to write. Belongs to the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "archive/folder.h"
#include "archive/record.h"
#include "loop/scheduler.h"

namespace kip::archive {

class Rooms {
 public:
  using Status = Result<Done, runtime::Failure>;

  // What one archive takes, until this is destroyed.
  class Room : public Handle {
   public:
    ~Room() override;
    // That it takes so many bytes in all, its other partial files with it. A failure, `no space`,
    // where these are not to be had; then it is as it was.
    Status resize(std::uint64_t bytes);

   private:
    friend class Rooms;
    Room(Rooms& all, std::string image, std::string partial_key)
        : all_(all), image_(std::move(image)), key_(std::move(partial_key)) {}
    Rooms& all_;
    const std::string image_;  // for messages
    const std::string key_;    // what the names of its partial files begin with
    std::uint64_t bytes_ = 0;
  };

  // All outlive it. `limit`: bytes of all archives together, if there is one; `free`: bytes of the
  // disk.
  Rooms(const Folder& folder, const Record& record, std::optional<std::uint64_t> limit,
        std::function<std::uint64_t()> free)
      : folder_(folder), record_(record), limit_(limit), free_(std::move(free)) {}

  // Of no bytes yet.
  std::unique_ptr<Room> add(const std::string& image, const std::string& partial_key);

 private:
  // Bytes that the room's partial files have already.
  std::uint64_t written(const Room& room) const;
  std::uint64_t idle_partials() const;
  void remove_idle_partials();
  bool is_idle(const std::string& partial) const;
  Status check(const Room& room, std::uint64_t bytes) const;

  const Folder& folder_;
  const Record& record_;
  const std::optional<std::uint64_t> limit_;
  const std::function<std::uint64_t()> free_;
  std::set<const Room*> rooms_;
};

}  // namespace kip::archive
