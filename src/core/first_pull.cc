#include "core/first_pull.h"

#include <algorithm>
#include <utility>

#include "core/held_images.h"
#include "core/names.h"
#include "core/rollout.h"

namespace kip::core {

using namespace std::chrono_literals;

namespace {

constexpr const char* container_name = "sleep";
constexpr const char* mark = "asleep";

// More than any cluster has: a limit of so many, or of 100%, limits nothing.
constexpr std::size_t all_nodes = 1'000'000;

// Nodes that are down, full or cannot pull are not waited for longer than this after the last one
// that came. The DaemonSet controller gives the images at once to nodes without the sleeping
// container: where these are more than may pull at once, it is worth more patience, as a registry
// that was away comes back.
constexpr Duration patience = 1min, patience_with_many = 5min;

struct Nodes {
  std::int64_t desired, ready, with_pod;
  std::int64_t missing() const { return std::max<std::int64_t>(desired - ready, 0); }
};

Nodes counts_of(const json& daemonset) {
  return {int_at(daemonset, "/status/desiredNumberScheduled"),
          int_at(daemonset, "/status/numberReady"),
          int_at(daemonset, "/status/currentNumberScheduled")};
}

bool takes_all(const types::NodeCount& max, std::int64_t nodes) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(nodes, 0));
  return max.of(count) >= count;
}

std::string nodes_text(std::int64_t nodes) {
  return std::to_string(nodes) + (nodes == 1 ? " node" : " nodes");
}

std::string part_text(const Nodes& nodes) {
  return std::to_string(nodes.ready) + " of " + nodes_text(nodes.desired) +
         (nodes.ready == 1 ? " runs it" : " run it");
}

}  // namespace

bool begins_asleep(const types::NodeCount& max_nodes_pulling, std::optional<std::size_t> nodes) {
  const std::size_t count = nodes.value_or(all_nodes);
  return max_nodes_pulling.of(count) < count;
}

config::Settings asleep(config::Settings settings, const Facts& facts, bool asks_for_room) {
  types::ImageReference image;
  image.text = kip_image(settings, facts);
  settings.images = {{container_name, std::move(image)}};
  settings.cache_mode = config::CacheMode::sleep;
  if (asks_for_room) return settings;
  const types::Quantity nothing = *types::Quantity::parse("0");
  settings.resources.memory_request = settings.resources.cpu_request = nothing;
  return settings;
}

bool asks_for_room(const json& daemonset) {
  const json& containers = array_at(daemonset, "/spec/template/spec/containers");
  return is_asleep(daemonset) && string_at(containers[0], "/resources/requests/memory") != "0";
}

void mark_as_asleep(json& daemonset) {
  daemonset["metadata"]["annotations"][first_pull_mark] = mark;
}

// Whoever takes one of both away has the images put in.
bool is_asleep(const json& daemonset) {
  const json& annotations = object_at(daemonset, "/metadata/annotations");
  const auto found = annotations.find(first_pull_mark);
  if (found == annotations.end() || *found != mark) return false;
  const auto held = held_images(object_at(daemonset, "/spec/template/spec"));
  return held.size() == 1 && held[0].name == container_name;
}

void erase_asleep_mark(json& annotations) {
  if (annotations.is_object()) annotations.erase(first_pull_mark);
}

// Nodes that join count only when they make it better: others must not hold up the rest for ever.
void Sleepers::see(const json& daemonset, WallTime now) {
  if (!is_asleep(daemonset)) return since_.reset();
  std::string spec = string_at(daemonset, "/metadata/uid") + "/" +
                     std::to_string(int_at(daemonset, "/metadata/generation"));
  const bool is_known = since_ && spec_ == spec;
  const std::int64_t missing = is_seen_by_controller(daemonset)
                                   ? counts_of(daemonset).missing()
                                   : static_cast<std::int64_t>(all_nodes);
  if (is_known && missing >= fewest_missing_) {
    since_ = std::min(*since_, now);  // a clock that was set back
    return;
  }
  spec_ = std::move(spec);
  fewest_missing_ = missing;
  since_ = now;
}

FirstPull first_pull(const types::NodeCount& max_nodes_pulling, const json& daemonset,
                     std::optional<WallTime> since, WallTime now) {
  if (!begins_asleep(max_nodes_pulling, std::nullopt)) return {true, "on all nodes at once"};
  if (!is_seen_by_controller(daemonset)) return {};
  const Nodes nodes = counts_of(daemonset);
  if (takes_all(max_nodes_pulling, nodes.desired))
    return {true, "on all at once, " + nodes_text(nodes.desired)};
  const auto limit =
      static_cast<std::int64_t>(max_nodes_pulling.of(static_cast<std::size_t>(nodes.desired)));
  const std::string pace = std::to_string(limit) + " at a time";
  if (nodes.missing() == 0) return {true, nodes_text(nodes.desired) + ", " + pace};

  const WallTime begun = since.value_or(now);
  FirstPull waits{.detail = part_text(nodes), .is_slow = now >= begun + patience};
  // Without pods it is the sleeping container that is refused. With pods of which none runs, none
  // with the images would.
  const bool may_be_without = nodes.ready > 0 || nodes.with_pod == 0;
  const bool is_quick = nodes.with_pod == 0 || nodes.missing() <= limit;
  const WallTime until = begun + (is_quick ? patience : patience_with_many);
  if (may_be_without && now >= until)
    return {.begins = true,
            .detail = nodes.with_pod == 0 ? waits.detail + "; on all nodes at once"
                                          : waits.detail + ", " + pace,
            .is_without_pods = nodes.with_pod == 0};
  if (!waits.is_slow)
    waits.requeue_at = begun + patience;
  else if (may_be_without)
    waits.requeue_at = until;
  return waits;
}

}  // namespace kip::core
