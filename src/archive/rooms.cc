#include "archive/rooms.h"

#include <algorithm>

namespace kip::archive {

namespace {

runtime::Failure no_space(std::string message) {
  return {runtime::Failure::Kind::no_space, std::move(message)};
}

}  // namespace

std::unique_ptr<Rooms::Room> Rooms::add(const std::string& image, const std::string& partial_key) {
  std::unique_ptr<Room> room(new Room(*this, image, partial_key));
  rooms_.insert(room.get());
  return room;
}

Rooms::Room::~Room() { all_.rooms_.erase(this); }

Rooms::Status Rooms::Room::resize(std::uint64_t bytes) {
  auto status = bytes <= bytes_ ? Status(Done{}) : all_.check(*this, bytes);
  if (!status && all_.idle_partials() > 0) {
    // They only save the network some bytes.
    all_.remove_idle_partials();
    status = all_.check(*this, bytes);
  }
  if (status) bytes_ = bytes;
  return status;
}

Rooms::Status Rooms::check(const Room& room, std::uint64_t bytes) const {
  const auto left = [](std::uint64_t whole, std::uint64_t has) {
    return whole - std::min(whole, has);
  };
  std::uint64_t others = 0, others_left = 0;
  for (const Room* other : rooms_) {
    if (other == &room) continue;
    others += other->bytes_;
    others_left += left(other->bytes_, written(*other));
  }
  const auto own_left = left(bytes, written(room));
  const auto free = free_();
  if (free < own_left + others_left)
    return no_space(room.image_ + ": its archive needs " + std::to_string(own_left) +
                    " bytes, and the disk has " + std::to_string(free) +
                    " free, of which others that are being written need " +
                    std::to_string(others_left));
  if (!limit_) return Done{};
  std::uint64_t there = others + idle_partials();
  for (const auto& [file, recorded] : record_.archives) there += recorded.bytes;
  if (there + bytes > *limit_)
    return no_space(room.image_ + ": its archive needs " + std::to_string(bytes) +
                    " bytes; there are " + std::to_string(there) + ", and the limit is " +
                    std::to_string(*limit_));
  return Done{};
}

std::uint64_t Rooms::written(const Room& room) const {
  std::uint64_t sum = 0;
  for (const auto& partial : folder_.own().partials())
    if (partial.name.starts_with(room.key_)) sum += partial.bytes;
  return sum;
}

bool Rooms::is_idle(const std::string& partial) const {
  return std::none_of(rooms_.begin(), rooms_.end(),
                      [&](const Room* room) { return partial.starts_with(room->key_); });
}

std::uint64_t Rooms::idle_partials() const {
  std::uint64_t sum = 0;
  for (const auto& partial : folder_.own().partials())
    if (is_idle(partial.name)) sum += partial.bytes;
  return sum;
}

void Rooms::remove_idle_partials() {
  for (const auto& partial : folder_.own().partials())
    if (is_idle(partial.name)) folder_.own().remove_partial(partial.name);
}

}  // namespace kip::archive
