// When nodes ask their registries again, for which images, and what the pod template records of it.
//
// Each registry is asked from here for the digest behind a tag (TagState). A container whose image
// has moved gets imagePullPolicy Always in the next template, the others IfNotPresent: what did not
// move costs no registry a request. Where a digest could never be had, images are asked for by
// time. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "core/pods.h"
#include "core/reasons.h"

namespace kip::core {

// When the images of this DaemonSet were last asked for by time: the annotation on its pod
// template, else its creation. Times past `now` by more than five minutes (a clock was set back, or
// a hand edit) count as long ago.
WallTime last_refresh(const json& daemonset, WallTime now);

// last_refresh plus the interval, ±10 %: clusters that were installed by one script at one moment
// do not ask a registry at one moment. The share is drawn from the DaemonSet's UID and the last
// refresh, so that a restart of ours does not move the time.
WallTime next_refresh(const json& daemonset, Duration interval, WallTime now);

// What the template records of one image.
struct AskedImage {
  std::string digest;       // that the registry had; empty: not known
  WallTime at;              // when nodes were last made to ask for it, in whole seconds
  bool is_retried = false;  // for this digest already a second time, as a node had another one
  bool operator==(const AskedImage&) const = default;
};

struct TemplateRecord {
  WallTime refreshed;  // the interval of what is asked for by time counts from here
  WallTime changed;    // the template: what was last asked for then is what it makes nodes ask for
  std::map<std::string, AskedImage> images;  // by container; one for each image of the settings
  std::string checksum;  // of the rest of the template, as settings and facts asked for it then

  bool asks_for(const std::string& container) const;
  // Nodes are to ask for these at `now`; for the others they are not.
  void ask_for(const std::vector<std::string>& containers, WallTime now);
};

// Of a DaemonSet that is to be created now: all images are asked for.
TemplateRecord new_record(const config::Settings& settings, WallTime now);
// Of the one that is there; an image that it does not have as the settings say is asked for now.
TemplateRecord recorded(const json& daemonset, const config::Settings& settings, WallTime now);
// The annotations of the template.
json to_annotations(const TemplateRecord& record, const config::Settings& settings);

// What its registry says of an image, asked from here.
struct TagState {
  enum class Kind {
    unasked,      // or the registry asked us to wait
    known,        // `digest` is what it has now
    unreachable,  // no answer, or none that says anything
    refused,      // it may not be asked with what we have
    missing,      // there is no such tag
  };
  Kind kind = Kind::unasked;
  std::string digest;   // when it was last known; empty: never, since we run
  std::string trouble;  // why it is not known now, in words
  WallTime since;       // when this began
  bool operator==(const TagState&) const = default;
};

struct Tags {
  std::map<std::string, TagState> states;  // by the reference's text
  std::uint64_t revision = 0;              // another number whenever they are others
};

// An image of which not all is well, though its containers may run.
struct ImageNotice {
  std::string name;  // of the container
  std::string image;
  const Reason* reason = nullptr;  // one of core::reasons
  std::string detail;              // what was there
  bool operator==(const ImageNotice&) const = default;
};

struct Due {
  std::vector<std::string> containers;  // whose images nodes are to ask for now; may be empty
  std::string detail;                   // why, of the first, and how many more
  bool by_time = false;                 // some are due by the interval
  WallTime since;                       // when this was known first
  std::optional<WallTime> requeue_at;   // when the answer may change by itself
  std::vector<ImageNotice> notices;
  // Of these nodes have several digests, and none is due: the registry is to be asked sooner.
  std::vector<types::ImageReference> disagreeing;
};

// `record` gets the digests that are known now and were not before, for when it is written next.
// `is_rolled_out`: nodes that have another digest do not merely wait for their turn.
Due due_images(const config::Settings& settings, const json& daemonset, const Tags& tags,
               const Pods& pods, bool is_rolled_out, TemplateRecord& record, WallTime now);

}  // namespace kip::core
