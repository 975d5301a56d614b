// The images that somebody publishes, one a message, and how long ago each was heard of last
// (docs/design/nats.md). Pure, a plain value: times are arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "types/image_reference.h"

namespace kip::core {

// What a message names, white space around it apart. The Error shows the begin of what was there.
Result<types::ImageReference> read_published(std::string_view payload);

class PublishedImages {
 public:
  struct Limits {
    std::size_t most = 50;
    Duration forget_after = std::chrono::hours(24 * 7);
    // Where there are `most`, one that was not heard of for so long gives way to a new one: many
    // rounds of a publisher that sends its list every few minutes, and some of one that tells of
    // each pod of a CronJob. So a burst pushes nothing out, and the list does not change with each
    // message of a publisher that has too many.
    Duration gives_way_after = std::chrono::hours(1);
  };
  enum class Heard { again, is_new, left_out };

  explicit PublishedImages(const Limits& limits) : limits_(limits) {}

  Heard hear(const types::ImageReference& image, WallTime now);
  // For so long nothing could be heard: all are that much less old.
  void was_deaf(Duration duration);
  // Those not heard of for `forget_after` go.
  void forget(WallTime now);
  // When the next one is to go; nothing where there are none.
  std::optional<WallTime> next_forgotten() const;

  // In the order in which they came in, so that what stands in a list stays where it is.
  std::vector<types::ImageReference> images() const;

  // What is kept over a restart: {"at", "images": [{"image", "heard"}]}, times as RFC 3339.
  json stored(WallTime now);
  // An image was heard of again that the last stored() says to be `pace` older than it is.
  bool is_worn(Duration pace) const;
  // Takes what stored() made, as old as it was then: the time since counts as deaf. The Error says
  // what it is not; then nothing is taken.
  Status restore(const json& stored, WallTime now);

 private:
  struct Known {
    types::ImageReference reference;
    WallTime heard{}, stored{};
    std::uint64_t place = 0;
  };

  bool make_room(WallTime now);

  const Limits limits_;
  std::map<std::string, Known> images_;  // by types::whole_name()
  std::uint64_t next_place_ = 0;
};

}  // namespace kip::core
