// Starts of containers and pulls, from Events that come in any order: some 60 bytes are kept for
// each, so 6 MB for 100,000. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "advise/pull_event.h"

namespace kip::advise {

// Of one image, in the span. A hit is a container that began on a node that had its image. Our own
// DaemonSets' pods are in none of these but `samples`, `bytes` and the time of a pull.
struct ImagePulls {
  std::string image;  // as Events have it
  std::size_t hits = 0;
  std::size_t asked = 0;      // of the hits: those that asked the registry nevertheless
  std::size_t hit_nodes = 0;  // nodes with hits
  std::size_t pulls = 0;      // containers that waited for a pull
  std::size_t pull_nodes = 0;
  std::size_t failures = 0;  // pulls that did not succeed, tries of one container included
  Duration spent{};          // by these pulls, without the kubelet's queue
  std::size_t samples = 0;   // pulls by anybody on a node that did not have the image
  Duration of_samples{};     // of all of them
  std::uint64_t bytes = 0;   // of the image, as the last sample has it; 0: not known
  bool operator==(const ImagePulls&) const = default;

  std::size_t starts() const { return hits + pulls; }
  std::optional<Duration> pull_time() const;  // mean of the samples
};

// What the Events at hand are about. The oldest that happened once says how long Events are kept;
// a container that began before was pulled for by an Event that may be gone, and is left out.
struct Span {
  WallTime from{}, to{};
  std::size_t events = 0;
  std::size_t untold = 0;  // events of which is not known what they were about
  std::size_t before = 0;  // restarts of containers whose pods began before
  bool operator==(const Span&) const = default;
};

class PullRecords {
 public:
  // `is_own`: of a pod of our own DaemonSets, as far as the Event tells.
  void add(const PullEvent& event, bool is_own);
  // What is known of pods beside their Events. `started`: when its kubelet took it up.
  void add_pod(const std::string& uid, WallTime started, bool is_own);

  struct Result {
    std::optional<Span> span;                  // nothing: there are no Events
    std::map<std::string, ImagePulls> images;  // by image_key()
  };
  // Since when our own DaemonSets hold an image (its image_key()) on a node.
  using HeldSince =
      std::function<std::optional<WallTime>(const std::string& image, const std::string& node)>;
  // To be asked once: sorts what is kept.
  Result result(const HeldSince& held_since);

 private:
  struct Record {
    std::uint64_t pod, container;  // checksums: of the UID, and of this, the field and the image
    std::uint64_t bytes;
    std::uint32_t image, node;       // indices
    std::uint32_t at;                // seconds since 1970, of the first time
    std::uint32_t pulling, waiting;  // milliseconds
    std::uint32_t count;
    PullEvent::Kind kind;
    bool is_start;  // the first that is known of its container, and to be counted
  };
  struct Names {
    std::uint32_t number_of(const std::string& name);
    std::unordered_map<std::string, std::uint32_t> numbers;
    std::vector<const std::string*> names;  // keys of `numbers`
  };
  struct OfPods {
    std::unordered_set<std::uint64_t> own;
    std::unordered_map<std::uint64_t, std::uint32_t> started;
  };
  void mark_starts(Span& span);
  void count(Result& result, const std::vector<Record>& of_node, const HeldSince& held_since) const;

  std::vector<Record> records_;
  Names images_, nodes_;
  OfPods pods_;
  std::size_t untold_ = 0;
  std::uint32_t oldest_single_ = UINT32_MAX, oldest_ = UINT32_MAX, newest_ = 0;
};

}  // namespace kip::advise
