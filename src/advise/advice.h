// What a list of images was worth, and what it should be: from who uses which image, from what the
// kubelets told of pulls, and from what our DaemonSets list. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "advise/own_daemonsets.h"
#include "advise/pull_records.h"
#include "discovery/image_usage.h"

namespace kip::advise {

struct ImageAdvice {
  enum class Kind {
    add,   // pods waited for it, and no list has it
    keep,  // in a list, and used
    drop,  // in a list, and neither a workload nor an Event has it
    none,  // used, in no list, and nothing was pulled for it
  };
  Kind kind = Kind::none;
  std::string image;  // as the list has it; else as workloads do
  std::string name;   // for IMAGES, of what is kept or to be added; else empty
  discovery::UsedImage usage;
  ImagePulls pulls;

  bool is_listed() const { return kind == Kind::keep || kind == Kind::drop; }
  // What the hits of a listed image would have taken, had each been a pull: of hits that asked no
  // registry. Nothing where no pull of it was seen, and of what is not listed.
  std::optional<Duration> saved() const;
  std::uint64_t saved_bytes() const;
  // The same where of several hits on a node the first alone counts: the others would have found
  // what that one pulled.
  std::optional<Duration> saved_once() const;
  std::uint64_t saved_bytes_once() const;
};

// Sums over images.
struct Totals {
  std::size_t hits = 0, pulls = 0, failures = 0;
  std::size_t hits_unknown = 0;  // of images of which no pull was seen: nothing is counted as saved
  std::size_t samples = 0;
  Duration saved{}, saved_once{}, spent{};
  std::uint64_t saved_bytes = 0, saved_bytes_once = 0;

  void add(const ImageAdvice& image);
};

// 0 to 1; nothing where no container began.
std::optional<double> hit_rate(std::size_t hits, std::size_t pulls);

struct Advice {
  std::optional<Span> span;  // nothing: there are no Events, or they may not be read
  Totals all, listed, unlisted;
  // What is to be added first, that on which most time was spent; then what is kept, dropped, and
  // the rest, most saved or used first.
  std::vector<ImageAdvice> images;
};

Advice advise(const std::vector<discovery::UsedImage>& used, PullRecords::Result pulls,
              const std::vector<ListedImage>& listed);

}  // namespace kip::advise
