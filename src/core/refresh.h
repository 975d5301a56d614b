// When nodes ask their registries again, and for which images.
//
// Each registry is asked from here for the digest behind a tag (TagState). A container whose image
// has moved gets imagePullPolicy Always in the next template, the others IfNotPresent: what did not
// move costs no registry a request. Where a digest could never be had, images are asked for by
// time. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "core/pods.h"
#include "core/reasons.h"
#include "core/template_record.h"

namespace kip::core {

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
  WallTime since = {};  // when this began
  WallTime at = {};     // when `digest` was last told
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

// Of a DaemonSet that is made anew: what a registry told before and cannot tell now is not asked
// for. Nodes that have it would wait for a registry that is down.
void leave_what_cannot_be_asked(TemplateRecord& record, const config::Settings& settings,
                                const Tags& tags);

struct Looked {
  Due due;
  TemplateRecord record;  // with what is known now, before what is due is asked for
};

// `record`: what the DaemonSet records. `is_rolled_out`: nodes that have another digest do not
// merely wait for their turn. `may_retry` false: a change is a delete and a create, which is not
// worth a node that is behind.
Looked look_at_images(const config::Settings& settings, const json& daemonset, const Tags& tags,
                      const Pods& pods, bool is_rolled_out, bool may_retry, TemplateRecord record,
                      WallTime now);

}  // namespace kip::core
