// What a DaemonSet records of its images: which digest each had when nodes were last made to ask
// its registry, and when that was. It is why a restart of ours goes on where it was, and why what
// is put back after a hand edit is the very template that was there. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"

namespace kip::core {

struct AskedImage {
  std::string digest;       // that the registry has; empty: not known
  std::string before;       // the one before it, that a node which is behind has; empty: not known
  WallTime at;              // when nodes were last made to ask for it, in whole seconds
  bool is_retried = false;  // for this digest already a second time, as a node had another one
  bool is_new = false;      // asked for the first time: most nodes lack it
  bool operator==(const AskedImage&) const = default;
};

struct TemplateRecord {
  WallTime refreshed;  // the interval of what is asked for by time counts from here
  WallTime changed;    // the template: what was last asked for then is what it makes nodes ask for
  std::map<std::string, AskedImage> images;  // by container; one for each image of the settings
  // Images that fail, which come behind the others where one would hold up those after it, and are
  // left out where each has its container.
  std::vector<std::string> last = {};
  std::string checksum;     // of the rest of the template, as settings and facts asked for it then
  bool is_changed = false;  // since it was read: `changed` is the time of the change to come
  std::vector<std::string> under_way;  // containers that the template, as read, asks for

  bool asks_for(const std::string& container) const;
  // The images that nodes are made to ask for.
  std::vector<std::string> asked_for() const;
  // Those of them that nodes are to have already.
  std::vector<std::string> asked_for_again() const;
  // Nodes are to ask for these at `now`; for the others they are not.
  void ask_for(const std::vector<std::string>& containers, WallTime now);
  bool operator==(const TemplateRecord&) const = default;
};

// Of a DaemonSet that is to be created now: all images are asked for.
TemplateRecord new_record(const config::Settings& settings, WallTime now);
// Of the one that is there; an image that it does not have as the settings say is asked for now.
TemplateRecord recorded(const json& daemonset, const config::Settings& settings, WallTime now);

// Another number, most likely, where the annotations of image_annotations() are others.
std::uint64_t hash_of_record(const json& daemonset);

// Annotations of the template: they change when pods are to be replaced.
json template_annotations(const TemplateRecord& record);
// Annotations of the DaemonSet, one for each image: what is learned of it later replaces no pod.
json image_annotations(const TemplateRecord& record, const config::Settings& settings);
// Takes them out of the DaemonSet's annotations; null: it has none.
void erase_image_annotations(json& annotations);
// The DaemonSet as settings alone ask for it: two of the same settings are the same.
json without_record(json daemonset);
// The checksum that a DaemonSet records; empty: none.
std::string recorded_checksum(const json& daemonset);

// When the images of this DaemonSet were last asked for by time: the annotation on its pod
// template, else its creation. Times past `now` by more than five minutes (a clock was set back, or
// a hand edit) count as long ago.
WallTime last_refresh(const json& daemonset, WallTime now);

// last_refresh plus the interval, ±10 %: clusters that were installed by one script at one moment
// do not ask a registry at one moment. The share is drawn from the DaemonSet's UID and the last
// refresh, so that a restart of ours does not move the time.
WallTime next_refresh(const json& daemonset, Duration interval, WallTime now);

}  // namespace kip::core
