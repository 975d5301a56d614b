#include "cri/layers.h"

#include <algorithm>

namespace kip::cri {

namespace {

// Others pull as well, the kubelet among them: what nobody claimed at first is asked for rarely, as
// it can still become ours (two pulls of one layer: the second waits for the first).
constexpr int ask_again_every = 10;

bool is_layer(const std::string& name) { return name.starts_with("layer-"); }

}  // namespace

// Who begins may hold what nobody did; what was of who ends may be of another now.
void Layers::begin(const std::string& lease) {
  pulls_[lease];
  asked_.clear();
}

void Layers::end(const std::string& lease) {
  pulls_.erase(lease);
  asked_.clear();
}

Layers::Layer* Layers::find(const std::string& name) {
  for (auto& [lease, layers] : pulls_)
    if (const auto found = layers.find(name); found != layers.end()) return &found->second;
  return nullptr;
}

bool Layers::update(const content::ListStatusesResponse& now) {
  for (auto& [lease, layers] : pulls_)
    for (auto& [name, layer] : layers) layer.goes_on = false;
  unclaimed_.clear();
  bool should_ask = false;
  std::map<std::string, int> asked;
  for (const auto& status : now.statuses()) {
    const auto done = static_cast<std::uint64_t>(std::max<std::int64_t>(status.offset(), 0));
    const auto total = static_cast<std::uint64_t>(std::max<std::int64_t>(status.total(), 0));
    const Layer layer{std::min(done, total), total};
    if (!is_layer(status.ref())) continue;
    if (Layer* known = find(status.ref())) {
      *known = layer;
      continue;
    }
    unclaimed_[status.ref()] = layer;
    const auto before = asked_.find(status.ref());
    const int times = before == asked_.end() ? 0 : before->second;
    should_ask = should_ask || times % ask_again_every == 0;
    asked[status.ref()] = times + 1;
  }
  asked_ = std::move(asked);
  return should_ask;
}

std::vector<std::string> Layers::leases() const {
  std::vector<std::string> all;
  for (const auto& [lease, layers] : pulls_) all.push_back(lease);
  return all;
}

void Layers::claim(const std::string& lease, const leases::ListResourcesResponse& holds) {
  const auto pull = pulls_.find(lease);
  if (pull == pulls_.end()) return;
  for (const auto& resource : holds.resources()) {
    if (resource.type() != "ingests") continue;
    if (auto layer = unclaimed_.extract(resource.id())) pull->second.insert(std::move(layer));
  }
}

runtime::Progress Layers::of(const std::string& lease) const {
  runtime::Progress sum;
  const auto pull = pulls_.find(lease);
  if (pull == pulls_.end()) return sum;
  for (const auto& [name, layer] : pull->second) {
    sum.total += layer.total;
    sum.done += layer.goes_on ? layer.done : layer.total;  // what is listed no more is there
  }
  return sum;
}

}  // namespace kip::cri
