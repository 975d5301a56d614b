// Why something is done, left alone or told: every reason once, with its words for the log, for
// Events, for the status of a resource and for the documentation (testdata/findings.md is made of
// this table). Pure.
#pragma once

#include <array>
#include <string>

namespace kip::core {

struct Reason {
  const char* name;  // CamelCase: the log's field `finding`, the reason of an Event
  const char* message;
  const char* done = "";    // instead, once the API server has accepted it; empty: the same
  bool is_warning = false;  // always; of others the plan makes one when they last
  // For people, Markdown: what it means and what happens then; what they are to do.
  const char* meaning = "";
  const char* remedy = "";
};

// What the plan finds, and then what is told of pods and of images in their registries.
namespace reasons {
extern const Reason owner_leaving, of_another, not_ours, being_deleted, kip_image_unknown, absent,
    selector_differs, differs, refresh, moved, holds_up, leaves_out, asking_over, digests_known,
    pins_released, no_pods, refresh_waits, refused, steady;
extern const Reason first_pull, first_pull_waits;
extern const Reason image_pull_failed, container_failed, pod_not_running;
extern const Reason tag_missing, registry_unreachable, registry_refuses, digest_differs, put_last,
    left_out;
// The same where the change is a delete that leads to a create: of the same name.
extern const Reason differs_recreate, refresh_recreate, moved_recreate, first_pull_recreate;

// In the order of the plan's checks; each name once.
extern const std::array<const Reason*, 29> all;
}  // namespace reasons

// A reason of the plan, and what varies.
struct Finding {
  std::string reason;   // Reason::name
  std::string message;  // constant per reason
  std::string detail;   // may be empty
  bool is_warning = false;
  std::string done = {};  // Reason::done
  bool operator==(const Finding&) const = default;
};

Finding finding_of(const Reason& reason, std::string detail = {});

}  // namespace kip::core
