#include "core/reasons.h"

#include <utility>

namespace kip::core {

namespace reasons {

const Reason owner_leaving = {
    .name = "OwnerLeaving",
    .message = "the owner is gone or being removed; changing nothing",
    .meaning =
        "the Deployment, or the `KubernetesImagePuller`, is gone or being removed; nothing "
        "is made or changed any more",
    .remedy = "nothing",
};

const Reason of_another = {
    .name = "OfAnother",
    .message =
        "the DaemonSet of this name belongs to another image puller; leaving it alone. Set "
        "another name",
    .is_warning = true,
    .meaning =
        "a DaemonSet of that name belongs to another image puller: a Deployment, or another "
        "`KubernetesImagePuller`; `detail` names it. It is left alone",
    .remedy =
        "set another `daemonsetName`; if a Go operator made it, give the operator the rights "
        "to take over",
};

const Reason not_ours = {
    .name = "NotOurs",
    .message =
        "a DaemonSet of this name is there and was not made by an image puller; leaving it "
        "alone. Remove it, or set another DAEMONSET_NAME",
    .is_warning = true,
    .meaning = "a DaemonSet of that name was not made by an image puller; it is left alone",
    .remedy = "remove it, or set another `DAEMONSET_NAME`",
};

const Reason being_deleted = {
    .name = "BeingDeleted",
    .message = "the DaemonSet is being deleted; waiting for its end",
    .meaning =
        "somebody deletes the DaemonSet; the service waits for its end, then `Absent`. "
        "After a minute it is a warning that names what holds it (`--cascade=foreground` "
        "waits for each pod, also one on a dead node)",
    .remedy =
        "nothing, unless it is a warning: then see to the finalizer or the pod that "
        "`detail` names",
};

const Reason kip_image_unknown = {
    .name = "KipImageUnknown",
    .message =
        "no image to take sleep from: KIP_IMAGE is unset, and no Deployment tells which "
        "image this program is of; set KIP_IMAGE",
    .is_warning = true,
    .meaning =
        "no image to take `sleep` from: `KIP_IMAGE` is unset, and no Deployment tells which "
        "image this program is of; nothing is made or changed",
    .remedy = "set `KIP_IMAGE`",
};

const Reason absent = {
    .name = "Absent",
    .message = "there is no DaemonSet; creating it",
    .done = "there was no DaemonSet; created it",
    .meaning = "there is no DaemonSet; it is created",
    .remedy = "nothing",
};

const Reason selector_differs = {
    .name = "SelectorDiffers",
    .message = "the DaemonSet selects other pods, which cannot be changed; deleting it",
    .meaning =
        "the DaemonSet selects other pods, which cannot be changed in place; it is deleted "
        "and created again",
    .remedy = "nothing",
};

const Reason first_pull = {
    .name = "FirstPull",
    .message = "putting the images in the DaemonSet that was without them; nodes begin to pull",
    .done = "put the images in the DaemonSet that was without them; nodes begin to pull",
    .meaning =
        "the DaemonSet was made without the images, and gets them now: `detail` says how many "
        "nodes pull at once. It begins so as Kubernetes would start its pods on all nodes at once, "
        "where `MAX_NODES_PULLING` can limit a change",
    .remedy = "nothing",
};

const Reason first_pull_recreate = {
    .name = first_pull.name,
    .message = "recreating the DaemonSet that was without the images; nodes begin to pull",
};

const Reason first_pull_waits = {
    .name = "FirstPullWaits",
    .message =
        "the DaemonSet is without the images until its nodes run the container that sleeps in "
        "their place",
    .meaning =
        "the images are put in when all nodes run the sleeping container, or when for a minute no "
        "further node got it (5 minutes where more nodes than `MAX_NODES_PULLING` are without it); "
        "`detail` says how many run it. After a minute without news it is a warning",
    .remedy =
        "if it is a warning, see which pods do not run: `ImagePullFailed`, `ContainerFailed` and "
        "`PodNotRunning` name them; while no node runs it, none could run the images",
};

const Reason differs = {
    .name = "Differs",
    .message = "the DaemonSet differs from what is wanted; changing it",
    .done = "the DaemonSet differed from what is wanted; changed it",
    .meaning =
        "a field is not as wanted: the settings changed, or somebody edited it; `detail` "
        "names the field. It is changed, or the DaemonSet is created again where the Role does "
        "not allow `update`",
    .remedy =
        "nothing; if it comes again and again, end the controller or the second puller that "
        "wants it otherwise",
};

const Reason differs_recreate = {
    .name = differs.name,
    .message = "the DaemonSet differs from what is wanted; recreating it",
};

const Reason refresh = {
    .name = "Refresh",
    .message = "images are due; replacing pods node by node",
    .meaning =
        "the images are due; pods are replaced node by node (or the DaemonSet is created again, "
        "with `REFRESH_STRATEGY=Recreate`)",
    .remedy = "nothing",
};

const Reason refresh_recreate = {
    .name = refresh.name,
    .message = "images are due; recreating the DaemonSet",
};

const Reason moved = {
    .name = "ImageMoved",
    .message = "an image has moved in its registry; replacing pods node by node",
    .meaning =
        "the registry has another digest behind an image's tag, or a node has another one than "
        "the registry; `detail` says which. Pods are replaced node by node, and ask their "
        "registries for what has moved, and for nothing else",
    .remedy = "nothing",
};

const Reason moved_recreate = {
    .name = moved.name,
    .message = "an image has moved in its registry; recreating the DaemonSet",
};

const Reason holds_up = {
    .name = "ImageHoldsUpOthers",
    .message = "an image that fails holds up others; putting it behind them",
    .meaning =
        "with `CACHE_MODE` `pin` or `volume`: an image that a node cannot take keeps others from "
        "it; `detail` names them. It is put behind them, which replaces pods node by node: after a "
        "minute, and later for each one more",
    .remedy = "see `ImagePullFailed` or `ContainerFailed` of the image",
};

const Reason leaves_out = {
    .name = "ImageLeftOut",
    .message = "no registry and no node has an image; leaving it out of the pods",
    .is_warning = true,
    .meaning =
        "with `CACHE_MODE=sleep`: the registry says that there is no such image, no node has it, "
        "and nodes failed to pull it for a minute. It is taken out of the pods, which are Ready "
        "without it: unready pods Kubernetes replaces on all nodes at once, whatever "
        "`MAX_NODES_PULLING` says. When the registry has it, it is put in again",
    .remedy = "correct the image, or push it",
};

const Reason asking_over = {
    .name = "AskingIsOver",
    .message = "nodes have what they were asked for; asking for it no longer",
    .meaning =
        "with `CACHE_MODE=volume`: as long as an image volume has the pull policy `Always`, "
        "kubelets ask its registry about once a minute. Once every node is warm (after one "
        "interval at the latest) it is taken back, which replaces pods node by node",
    .remedy = "nothing",
};

const Reason digests_known = {
    .name = "DigestsKnown",
    .message = "registries told digests; recording them",
    .done = "registries told digests; recorded them",
    .meaning =
        "the digests that registries told are recorded in annotations of the DaemonSet, so that a "
        "move is seen also after a restart of the service; no pod is replaced",
    .remedy = "nothing",
};

const Reason pins_released = {
    .name = "PinsReleased",
    .message = "nodes were asked to take the pins of the agent away; recording it",
    .done = "nodes were asked to take the pins of the agent away",
    .meaning =
        "after a change from `CACHE_MODE=agent` a DaemonSet took the pins of the agent away on "
        "the nodes, when these had the images in the new way; nodes that it could not reach are "
        "told in a warning before; no pod is replaced",
    .remedy = "nothing",
};

const Reason refresh_waits = {
    .name = "RefreshWaits",
    .message = "images are due, and the last change is still rolling out",
    .meaning =
        "the images are due, but the last change is still rolling out; nodes that cannot "
        "take it are not waited for, nor the last 5 %. It waits for one interval at most; "
        "after a minute it is a warning",
    .remedy =
        "see which pods are still pulling (`kubectl get pods -o wide`); where it comes at "
        "each interval, set a longer one, or a larger `MAX_NODES_PULLING`",
};

const Reason no_pods = {
    .name = "NoPodsMade",
    .message = "Kubernetes makes no pods of the present template, and none is on its way",
    .is_warning = true,
    .meaning =
        "for three minutes no pod was made, and nodes are without one of the present template; "
        "`detail` says how many have one. Those of the template before hold what they have",
    .remedy =
        "see the DaemonSet's Events `FailedCreate`: mostly a quota without room for the nodes "
        "in refresh",
};

const Reason refused = {
    .name = "Refused",
    .message = "the API server refuses the DaemonSet; what is there stays",
    .is_warning = true,
    .meaning =
        "the API server refuses what is wanted: an admission policy, a webhook, a quota, or "
        "a field that it does not take; `detail` has its own words. With `CACHE_MODE=agent` also a "
        "namespace whose Pod Security would refuse the pods. Nothing is changed, the "
        "images stay; it is offered again at each edit, and after 15 s, doubling to 5 min",
    .remedy =
        "correct the setting that the words name, or the policy, the webhook, the quota or the "
        "namespace's label",
};

const Reason steady = {
    .name = "Steady",
    .message = "the DaemonSet is as wanted",
    .meaning = "all is as wanted",
    .remedy = "nothing",
};

const Reason image_pull_failed = {
    .name = "ImagePullFailed",
    .message = "an image cannot be pulled",
    .is_warning = true,
    .meaning =
        "told at once, with the image, the nodes and the kubelet's own words: the name of "
        "the image, its registry or a secret is wrong",
    .remedy =
        "correct `IMAGES`, `IMAGE_PULL_SECRETS`, or the secret, which must be in the same "
        "namespace; the other images are on the node all the same. With `CACHE_MODE=agent` one "
        "that "
        "says there is no socket means `RUNTIME_SOCKET`",
};

const Reason container_failed = {
    .name = "ContainerFailed",
    .message = "a container cannot start",
    .is_warning = true,
    .meaning =
        "told at once, with the image, the nodes and the runtime's own words: the node has "
        "the image, but its container does not run. If it is `copy-sleep`, `KIP_IMAGE` or "
        "`KIP_INSTALL_COMMAND` does not fit",
    .remedy =
        "for `copy-sleep`, unset both; a memory limit under 12Mi is too little for some "
        "runtimes",
};

const Reason pod_not_running = {
    .name = "PodNotRunning",
    .message = "a node cannot take new images",
    .is_warning = true,
    .meaning =
        "told within a minute, with the nodes, a reason such as `Unschedulable`, and the "
        "cluster's own words: the pod as a whole does not run, or does not end. Such a node "
        "holds no other one back",
    .remedy =
        "see to the node; with `Unschedulable`, where there is no room beside the old pod "
        "(CPU, memory, pods per node), smaller `CACHING_*` requests, or "
        "`REFRESH_STRATEGY=Recreate`",
};

const Reason tag_missing = {
    .name = "TagMissing",
    .message = "an image's tag is not in its registry; what nodes have stays",
    .is_warning = true,
    .meaning =
        "the registry says that there is no such tag: it was removed, or the image is private "
        "and the registry hides it. Nodes keep the image, and are not made to ask for it",
    .remedy = "correct the tag; of a private image, see that the service may read the pull secret",
};

const Reason registry_unreachable = {
    .name = "RegistryUnreachable",
    .message = "a registry that answered before does not answer; what nodes have stays",
    .is_warning = true,
    .meaning =
        "the registry cannot be asked for the digest of an image, and could before; nothing is "
        "replaced until it answers. `detail` has the trouble. One that never answered from here "
        "is not told: its images are refreshed by time",
    .remedy = "nothing, or see to the registry",
};

const Reason registry_refuses = {
    .name = "RegistryRefuses",
    .message = "a registry refuses to tell an image's digest; what nodes have stays",
    .is_warning = true,
    .meaning =
        "the registry told the digest before, and now refuses: the pull secret has expired or "
        "was taken away. Nodes keep the image, and are not made to ask for it",
    .remedy = "renew the pull secret",
};

const Reason digest_differs = {
    .name = "DigestDiffers",
    .message = "a node has another digest of an image than its registry, also after it asked again",
    .is_warning = true,
    .meaning =
        "nodes were made to ask for the image once more, and one still runs another digest: a "
        "mirror that is behind, or a runtime that names an image by an earlier digest of the same "
        "content. They are not made to ask again until the tag moves",
    .remedy = "see to the mirror that the node's runtime is configured with",
};

const Reason put_last = {
    .name = "ImagePutLast",
    .message = "an image that fails was put behind the others, so that it holds none of them up",
    .is_warning = true,
    .meaning =
        "with `CACHE_MODE` `pin` or `volume`: a node could not take the image, or its registry "
        "denies it and no node has it. It keeps its place behind the others until the next change "
        "of the pods that finds it on a node",
    .remedy = "see `ImagePullFailed` or `ContainerFailed` of the image, or `TagMissing`",
};

const Reason left_out = {
    .name = "ImageLeftOut",
    .message = "an image is left out of the pods, as no registry and no node has it",
    .is_warning = true,
};

const std::array<const Reason*, 29> all = {&owner_leaving,
                                           &of_another,
                                           &not_ours,
                                           &being_deleted,
                                           &kip_image_unknown,
                                           &absent,
                                           &selector_differs,
                                           &first_pull,
                                           &differs,
                                           &first_pull_waits,
                                           &refresh,
                                           &moved,
                                           &holds_up,
                                           &leaves_out,
                                           &asking_over,
                                           &digests_known,
                                           &pins_released,
                                           &no_pods,
                                           &refresh_waits,
                                           &refused,
                                           &steady,
                                           &image_pull_failed,
                                           &container_failed,
                                           &pod_not_running,
                                           &tag_missing,
                                           &registry_unreachable,
                                           &registry_refuses,
                                           &digest_differs,
                                           &put_last};

}  // namespace reasons

Finding finding_of(const Reason& reason, std::string detail) {
  return {reason.name, reason.message, std::move(detail), reason.is_warning, reason.done};
}

}  // namespace kip::core
