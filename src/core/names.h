// The names that this project puts on objects: labels, annotations, and what it finds them by.
#pragma once

#include "config/kube_json.h"

namespace kip::core {

// On the DaemonSet and on its pods. Marks what is ours.
inline constexpr const char* managed_by_label = "app.kubernetes.io/managed-by";
inline constexpr const char* managed_by_value = "kubernetes-image-puller";

// The selector of the Go image puller's DaemonSets, kept because selectors cannot change.
inline constexpr const char* name_label = "app.kubernetes.io/name";
inline constexpr const char* name_value = "image-puller";
inline constexpr const char* test_label = "test";
inline constexpr const char* test_value = "daemonset-test";

// On the pod template: when the images were last asked for by time, RFC 3339. Changing it makes new
// pods.
inline constexpr const char* refreshed_at = "che.eclipse.org/image-puller-refreshed-at";
// On the pod template: when it was last changed, RFC 3339, and a checksum of what the settings
// asked for then, so that a hand edit is told from a change of the settings.
inline constexpr const char* changed_at = "che.eclipse.org/image-puller-changed-at";
inline constexpr const char* settings_checksum = "che.eclipse.org/image-puller-settings";
// On the pod template: names of images that come behind the others, or are left out
// (core/image_order.h), with commas between; absent: none.
inline constexpr const char* last_images = "che.eclipse.org/image-puller-last";
// On the DaemonSet, with the name of a container behind it: which digest its tag had when nodes
// were last made to ask for it, and when that was (core/template_record.cc).
inline constexpr const char* asked_prefix = config::image_record_prefix;
// On a DaemonSet that is there without the images at first (core/first_pull.h).
inline constexpr const char* first_pull_mark = "che.eclipse.org/image-puller-first-pull";
// On the pod template, by `kubectl rollout restart`: a wish for new pods, which is respected.
inline constexpr const char* restarted_at = "kubectl.kubernetes.io/restartedAt";
// On the DaemonSet: the keys that DAEMONSET_ANNOTATIONS put there, so that they can be taken away.
inline constexpr const char* managed_annotations = "che.eclipse.org/image-puller-annotations";

// On a DaemonSet that is one of several, for different pull secrets or nodes: DAEMONSET_NAME, and
// the nodes that the settings select (config::placement_json), of which its own may be fewer.
inline constexpr const char* part_of = "che.eclipse.org/image-puller-part-of";
inline constexpr const char* part_of_nodes = "che.eclipse.org/image-puller-part-of-nodes";

// On a DaemonSet whose nodes may have pins of an agent, whatever the present CACHE_MODE: the
// instance that pinned (core/pins.h).
inline constexpr const char* pins_mark = "che.eclipse.org/image-puller-pins";
// The selector of the DaemonSet that takes them away; it has none of the labels above.
inline constexpr const char* release_label = "che.eclipse.org/image-puller-release";

// What containers run, and how long an init container that keeps its image does.
inline constexpr const char* sleep_program = "/kip/sleep";
inline constexpr const char* not_at_all = "0s";

// What pulls on a node with CACHE_MODE=agent, and how it is told of an image that is not to be
// asked for where the node has it.
inline constexpr const char* agent_program = "/bin/image-puller-agent";
inline constexpr const char* fetch_command = "fetch";
inline constexpr const char* release_command = "release";
inline constexpr const char* if_not_present_flag = "--if-not-present=";

// What a preview shows where KIP_IMAGE is neither set nor known from our own Deployment.
inline constexpr const char* default_kip_image = "quay.io/eclipse/kubernetes-image-puller:next";
inline constexpr const char* default_agent_image = "quay.io/eclipse/image-puller-agent:next";

}  // namespace kip::core
