#include "core/warm_progress.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "core/first_pull.h"
#include "core/held_images.h"
#include "core/names.h"
#include "core/ownership.h"
#include "core/placement.h"
#include "core/rollout.h"
#include "types/image_names.h"
#include "types/object.h"
#include "types/pull_failure.h"

namespace kip::core {

using namespace std::chrono_literals;

namespace {

using State = WarmProgress::State;

// A node whose pod is unschedulable may get room, or another node, in this time.
constexpr Duration until_node_is_given_up = 1min;

// The registry or the runtime will say the same again.
bool is_denied(const WaitingContainer& waiting) {
  if (!waiting.pull_failed) return false;
  switch (types::pull_failure_of(waiting.message)) {
    case types::PullFailure::reference:
    case types::PullFailure::not_found:
    case types::PullFailure::unauthorized:
    case types::PullFailure::denied:
      return true;
    default:
      return false;
  }
}

std::string words_of(const WaitingContainer& waiting) {
  return waiting.reason + (waiting.message.empty() ? "" : ": " + waiting.message);
}

bool is_dead(const PodFailure& failure) {
  return failure.kind == PodFailure::Kind::not_ready ||
         failure.kind == PodFailure::Kind::silent_kubelet;
}

const json& spec_of(const json& daemonset) { return at(daemonset, "/spec/template/spec"); }

// What a DaemonSet is for, as far as that can be told from outside: the very nodes, more, or, where
// the settings are not known, nodes of the workload that are cut by them.
struct Aim {
  config::Placement wanted;
  bool is_exact = false;

  bool is_met_by(const json& daemonset) const {
    const config::Placement placement = placement_of(spec_of(daemonset));
    return covers(placement, wanted) ||
           (!is_exact && placement.tolerations == wanted.tolerations && covers(wanted, placement));
  }
};

// What its template holds of the image; nothing: it does not.
std::optional<HeldImage> held_of(const types::ImageReference& image, const json& daemonset) {
  for (auto& held : held_images(spec_of(daemonset)))
    if (const auto reference = types::parse_image_reference(held.reference);
        reference && types::whole_name(*reference) == types::whole_name(image))
      return std::move(held);
  return std::nullopt;
}

// Its pods are without the image, as its registry says that it has none (core/image_order.h).
bool is_left_out(const types::ImageReference& image, const json& daemonset) {
  const json& annotations = object_at(daemonset, "/spec/template/metadata/annotations");
  const auto found = annotations.find(last_images);
  if (found == annotations.end() || !found->is_string()) return false;
  const auto last = split(found->get<std::string>(), ',');
  for (const auto form : {types::NameForm::tag, types::NameForm::checksum}) {
    const std::string name = types::names_of({image}, {}, form).front();
    if (std::find(last.begin(), last.end(), name) != last.end()) return true;
  }
  return false;
}

// Of one image in one DaemonSet.
class Look {
 public:
  Look(const WarmingDaemonSet& of, HeldImage held, WarmProgress& out, const Refusals& old,
       WallTime now)
      : of_(of), held_(std::move(held)), out_(out), old_(old), now_(now) {}

  void take() {
    out_.state = State::pulling;
    if (!is_seen_by_controller(of_.daemonset)) return;
    // One whose node took a taint since still runs there, and is among ours.
    out_.wanted = int_at(of_.daemonset, "/status/desiredNumberScheduled") + misscheduled();
    see_pods();
    out_.nodes = static_cast<std::int64_t>(have_.size());
    for (const auto& node : have_) {
      troubles_.erase(node);
      dead_.erase(node);
    }
    for (const auto& [node, trouble] : troubles_) out_.troubles.push_back({node, trouble.why});
    out_.dead.assign(dead_.begin(), dead_.end());
    out_.state = state();
  }

 private:
  struct Trouble {
    enum class Kind { passing, denied, lost };  // lost: no pod will run there
    std::string why;
    Kind kind = Kind::passing;
  };

  void see_pods() {
    for (const auto& [name, pod] : of_.pods) {
      if (pod.deleting) continue;
      nodes_.insert(pod.node);
      for (const auto& copy : *pod.copies)
        if (copy.name == held_.name && copy.reference == held_.reference) have_.insert(pod.node);
      if (pod.unwell) see_trouble(name, pod);
    }
  }

  void see_trouble(const std::string& name, const PodSummary& pod) {
    for (const auto& waiting : pod.unwell->waiting)
      if (waiting.name == held_.name)
        troubles_[pod.node] = {words_of(waiting), is_denied(waiting) && !is_old(name, waiting)
                                                      ? Trouble::Kind::denied
                                                      : Trouble::Kind::passing};
    const PodFailure* whole = failure_at(pod, now_);
    if (whole == nullptr) return;
    if (is_dead(*whole)) {
      dead_.insert(pod.node);
      return;
    }
    troubles_[pod.node] = {whole->reason + (whole->message.empty() ? "" : ": " + whole->message),
                           now_ >= whole->from + until_node_is_given_up ? Trouble::Kind::lost
                                                                        : Trouble::Kind::passing};
  }

  bool is_old(const std::string& pod, const WaitingContainer& waiting) const {
    const auto found = old_.find({pod, waiting.name});
    return found != old_.end() && found->second == words_of(waiting);
  }

  State state() const {
    const auto alive = out_.wanted - static_cast<std::int64_t>(dead_.size());
    if (out_.nodes >= alive && are_counts_of_these_nodes()) return State::warm;
    const auto count = [this](Trouble::Kind kind) {
      return std::count_if(troubles_.begin(), troubles_.end(),
                           [&](const auto& entry) { return entry.second.kind == kind; });
    };
    if (count(Trouble::Kind::denied) > 0) return State::failed;
    // Nodes without room are told when the others have it.
    const auto lost = count(Trouble::Kind::lost);
    return lost > 0 && out_.nodes + lost >= alive ? State::failed : State::pulling;
  }

  // Pods of a node that has gone stay for a while, and one that came has none at first.
  bool are_counts_of_these_nodes() const {
    return static_cast<std::int64_t>(nodes_.size()) <= out_.wanted &&
           int_at(of_.daemonset, "/status/currentNumberScheduled") + misscheduled() >= out_.wanted;
  }
  std::int64_t misscheduled() const { return int_at(of_.daemonset, "/status/numberMisscheduled"); }

  const WarmingDaemonSet& of_;
  const HeldImage held_;
  WarmProgress& out_;
  const Refusals& old_;
  const WallTime now_;
  std::set<std::string> nodes_, have_,
      dead_;  // with a pod; of these, with the image; that are dead
  std::map<std::string, Trouble> troubles_;
};

void look_at(const WantedImage& image, const std::vector<WarmingDaemonSet>& daemonsets,
             const std::optional<config::Placement>& of_settings, const Refusals& old,
             WarmProgress& out, WallTime now) {
  Aim aim{image.placement.value_or(config::Placement())};
  if (of_settings) {
    if (!image.placement) {
      aim = {*of_settings, true};
    } else {
      const auto cut = within(*of_settings, *image.placement);
      if (!cut) {
        out.state = State::failed;
        out.why = cut.error().message;
        return;
      }
      aim = {*cut, true};
    }
  }
  for (const auto& each : daemonsets) {
    if (!aim.is_met_by(each.daemonset)) continue;
    if (auto held = held_of(image.reference, each.daemonset))
      return Look(each, *std::move(held), out, old, now).take();
    if (is_left_out(image.reference, each.daemonset)) {
      out.state = State::failed;
      out.why = "its registry does not have it, or denies it, so the service leaves it out";
    } else if (is_asleep(each.daemonset) && out.state == State::not_taken) {
      out.state = State::pulling;  // made without images at first: they are put in next
    }
  }
}

// The nodes that the puller's settings select, by its own DaemonSet or by what a part says of them;
// nothing: there are only parts of a version that did not write it.
std::optional<config::Placement> nodes_of_settings(const std::vector<WarmingDaemonSet>& daemonsets,
                                                   const std::string& daemonset_name) {
  for (const auto& each : daemonsets)
    if (object::name(each.daemonset) == daemonset_name)
      return placement_of(spec_of(each.daemonset));
  for (const auto& each : daemonsets) {
    const json& annotations = object_at(each.daemonset, "/metadata/annotations");
    const auto found = annotations.find(part_of_nodes);
    if (found == annotations.end() || !found->is_string()) continue;
    if (auto placement = config::read_placement(parse_json(found->get<std::string>())))
      return std::move(*placement);
  }
  return std::nullopt;
}

}  // namespace

bool is_of_puller(const json& daemonset, const std::string& daemonset_name) {
  if (!has_our_label(daemonset) || object::is_deleting(daemonset)) return false;
  if (object::name(daemonset) == daemonset_name) return true;
  const json& annotations = object_at(daemonset, "/metadata/annotations");
  const auto found = annotations.find(part_of);
  return found != annotations.end() && *found == daemonset_name;
}

std::vector<WarmProgress> warm_progress(const std::vector<WantedImage>& images,
                                        const std::vector<WarmingDaemonSet>& daemonsets,
                                        const std::string& daemonset_name, WallTime now,
                                        const Refusals& old) {
  const auto of_settings = nodes_of_settings(daemonsets, daemonset_name);
  std::vector<WarmProgress> all;
  for (const auto& image : images) {
    WarmProgress& out = all.emplace_back();
    out.image = image.reference.text;
    look_at(image, daemonsets, of_settings, old, out, now);
  }
  return all;
}

Refusals refusals_of(const std::vector<WarmingDaemonSet>& daemonsets) {
  Refusals all;
  for (const auto& each : daemonsets)
    for (const auto& [name, pod] : each.pods.not_well())
      for (const auto& waiting : pod->unwell->waiting)
        if (is_denied(waiting))
          all.emplace(std::pair(std::string(name), waiting.name), words_of(waiting));
  return all;
}

}  // namespace kip::core
