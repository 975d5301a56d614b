#include "cri/pin_labels.h"

#include <algorithm>
#include <string_view>

namespace kip::cri {

namespace {

// Label and value: containerd's, what its CRI service looks for.
constexpr const char* pinned_label = "io.cri-containerd.pinned";
constexpr const char* pinned_value = "pinned";
constexpr std::string_view our_prefix = "image-puller-agent/pin.";
// It was pinned before the first of us came.
constexpr const char* others_label = "image-puller-agent/pinned-by-others";
// Of labels that only have to be there: containerd drops those without a value.
constexpr const char* is_set = "true";

bool has(const Labels& labels, const std::string& name) {
  const auto found = labels.find(name);
  return found != labels.end() && !found->second.empty();
}

bool is_pinned(const Labels& labels) {
  const auto found = labels.find(pinned_label);
  return found != labels.end() && found->second == pinned_value;
}

// Of an instance of ours, apart from this label.
bool is_held(const Labels& labels, const std::string& but_for = "") {
  return std::ranges::any_of(labels, [&](const auto& label) {
    return label.first.starts_with(our_prefix) && label.first != but_for && !label.second.empty();
  });
}

}  // namespace

std::string pin_label(const std::string& instance) { return std::string(our_prefix) + instance; }

Labels labels_to_pin(const Labels& now, const std::string& instance) {
  Labels changes;
  if (!has(now, pin_label(instance))) changes[pin_label(instance)] = is_set;
  if (!is_pinned(now))
    changes[pinned_label] = pinned_value;
  else if (!is_held(now) && !has(now, others_label))
    changes[others_label] = is_set;
  return changes;
}

Labels labels_to_unpin(const Labels& now, const std::string& instance) {
  Labels changes;
  if (!has(now, pin_label(instance))) return changes;
  changes[pin_label(instance)] = "";
  if (is_held(now, pin_label(instance))) return changes;
  if (has(now, others_label))
    changes[others_label] = "";
  else
    changes[pinned_label] = "";
  return changes;
}

Labels labels_to_repair(const Labels& now) {
  if (!is_held(now) || is_pinned(now)) return {};
  return {{pinned_label, pinned_value}};
}

}  // namespace kip::cri
