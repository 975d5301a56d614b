#include "controller/leftovers.h"

#include <algorithm>
#include <utility>

#include "core/ownership.h"
#include "types/object.h"

namespace kip::controller {

using namespace std::chrono_literals;

namespace {

// With the 20 s of a Reconciler below the default grace period of a pod (30 s).
constexpr Duration patience = 5s;

}  // namespace

Leftovers::Leftovers(kube::Client client, Scheduler& scheduler, const std::string& namespace_name,
                     const Surroundings& surroundings, const PodInformer& pods, Kept kept)
    : client_(client),
      scheduler_(scheduler),
      surroundings_(surroundings),
      pods_(pods),
      kept_(std::move(kept)),
      pruner_(client, scheduler, namespace_name,
              {.may_be_one =
                   [this](const json& metadata) {
                     return !kept_.has(object::name(metadata)) &&
                            core::is_left_over(metadata, kept_.settings().daemonset_name,
                                               surroundings_.facts());
                   },
               .on_daemonset = [this](const json& daemonset) { put(daemonset); }}) {}

void Leftovers::put(const json& daemonset) {
  if (daemonset.is_null()) return;
  json slim = daemonset;
  slim["metadata"].erase("managedFields");
  found_.insert_or_assign(object::name(daemonset), std::move(slim));
  remove_free();
}

void Leftovers::forget(const std::string& daemonset_name) {
  found_.erase(daemonset_name);
  releasing_.erase(daemonset_name);
  pruner_.forget(daemonset_name);
}

void Leftovers::look_once(bool everywhere) {
  const std::string& name = kept_.settings().daemonset_name;
  pruner_.look_once(kept_.has(name) ? "" : name, everywhere);
}

// By its owner or annotation; the one of DAEMONSET_NAME also where the Go version made it, or we
// without an owner.
bool Leftovers::is_one(const json& daemonset) const {
  const std::string name = object::name(daemonset);
  if (object::is_deleting(daemonset) || kept_.has(name)) return false;
  const config::Settings& settings = kept_.settings();
  const core::Facts& facts = surroundings_.facts();
  if (core::is_left_over(daemonset, settings.daemonset_name, facts)) return true;
  if (name != settings.daemonset_name ||
      !core::is_ours(daemonset, settings, facts, surroundings_.predecessors()))
    return false;
  const bool works_for_a_resource = facts.owner && facts.owner->kind != "Deployment";
  return (facts.owner && object::is_owned_by(daemonset, facts.owner->uid)) ||
         (!works_for_a_resource && object::owners(daemonset).empty());
}

bool Leftovers::holds_images(const std::string& name, const json& daemonset,
                             const std::vector<core::Taker>& takers) const {
  const core::Pods& pods = pods_.pods(kept_.settings().namespace_name, name);
  return !core::kept_images({name, daemonset, pods}, takers, pods_.is_known(),
                            scheduler_.wall_now())
              .empty();
}

// Takes them away: others have its images, so that nothing is lost.
bool Leftovers::has_pins(const std::string& name, const json& daemonset) {
  const std::string uid = object::uid(daemonset);
  if (core::pinned_by(daemonset).empty() || released_.contains(uid)) return false;
  auto& releaser = releasing_[name];
  if (releaser) return true;
  releaser =
      std::make_unique<PinReleaser>(client_, scheduler_, kept_.settings().namespace_name, name);
  releaser->start(core::release_daemonset(kept_.settings(), surroundings_.facts(), daemonset),
                  [this, name, uid] {
                    released_.insert(uid);
                    // From the loop: it is called from inside the one that goes.
                    later_ = scheduler_.after(Duration::zero(), [this] {
                      std::erase_if(releasing_,
                                    [](const auto& entry) { return !entry.second->is_busy(); });
                      remove_free();
                    });
                  });
  return true;
}

// Whose they are is known when the owner is.
void Leftovers::remove_free() {
  if (found_.empty() || !is_started_ || !surroundings_.is_known() ||
      surroundings_.owner_state() == core::OwnerState::leaving)
    return;
  std::erase_if(found_, [&](const auto& entry) { return !is_one(entry.second); });
  const std::vector<core::Taker> takers = kept_.takers();
  std::vector<Leftover> free;
  for (const auto& [name, daemonset] : found_)
    if (!holds_images(name, daemonset, takers) && !has_pins(name, daemonset))
      free.push_back({name, object::uid(daemonset)});
  for (auto& leftover : free) {
    found_.erase(leftover.name);
    pruner_.remove(std::move(leftover));
  }
}

// What was to be removed goes with the others, or stays with them.
void Leftovers::shut_down(std::function<void()> done) {
  std::erase_if(found_, [&](const auto& entry) { return !is_one(entry.second); });
  if (found_.empty() || surroundings_.reason_to_stay()) return done();
  deadline_ = scheduler_.after(patience, [this, done] {
    pruner_.on_idle(nullptr);
    done();
  });
  pruner_.on_idle([this, done = std::move(done)] {
    deadline_.reset();
    done();
  });
  for (const auto& [name, daemonset] : std::exchange(found_, {}))
    pruner_.remove({name, object::uid(daemonset)});
}

}  // namespace kip::controller
