// What the kubelet tells of the images of a pod's containers, by Events. Pure.
// Source: the messages of pkg/kubelet/images/image_manager.go of Kubernetes 1.25 to 1.34 (without
// the size before 1.30), and tools/record/events_cache.go of client-go for what is joined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/time.h"

namespace kip::advise {

struct PullEvent {
  enum class Kind {
    present,  // the node had the image
    pulled,   // the registry was asked; with imagePullPolicy Always also where the node had it
    failed,   // a pull that did not succeed
  };
  Kind kind = Kind::present;
  std::string image = {};           // as the pod names it
  std::string namespace_name = {};  // of the pod
  std::string pod = {}, pod_uid = {};
  std::string container = {};  // the field of the pod; empty for an image volume
  std::string node = {};
  WallTime first{}, last{};  // when it happened, whole seconds
  std::size_t count = 1;     // so many times
  // Other events of the pod that client-go joined with this one: of which images is lost.
  std::size_t untold = 0;
  Duration pulling{};       // of a pull alone
  Duration waiting{};       // the same and the time in the kubelet's queue
  std::uint64_t bytes = 0;  // of the image, as the runtime says: of containerd, as downloaded; 0:
                            // not told
  bool operator==(const PullEvent&) const = default;
};

// Of a core/v1 Event of any shape and any sender; nothing where it is none of these.
std::optional<PullEvent> pull_event_of(const json& event);

// The field selectors of such Events. There is no "or": each is a list of its own.
inline constexpr const char* pull_event_selectors[] = {
    "reason=Pulled,source=kubelet,involvedObject.kind=Pod",
    "reason=Failed,source=kubelet,involvedObject.kind=Pod"};

}  // namespace kip::advise
