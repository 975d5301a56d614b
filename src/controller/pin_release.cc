#include "controller/pin_release.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "core/ownership.h"
#include "types/object.h"

namespace kip::controller {

PinRelease::PinRelease(kube::Client client, Scheduler& scheduler, config::Settings settings)
    : client_(client),
      scheduler_(scheduler),
      settings_(std::move(settings)),
      surroundings_(client, scheduler, settings_.namespace_name, settings_.deployment_name),
      poll_(scheduler,
            {.trouble = "cannot look for DaemonSets; trying again", .forbidden_tries = 2}) {}

void PinRelease::start(std::function<void(bool)> done) {
  done_ = std::move(done);
  surroundings_.start([this] {
    if (!surroundings_.is_known() || std::exchange(is_begun_, true)) return;
    const kube::Collection daemonsets{kube::daemonsets, settings_.namespace_name};
    const std::string path =
        daemonsets.path() + "?labelSelector=" + percent_encoded(core::our_label_selector());
    poll_.ask(
        [this, path](kube::Client::Done answered) {
          return client_.list_metadata(path, std::move(answered));
        },
        [this](const kube::Answer& list) {
          if (list) return on_list(*list);
          log::error("cannot look for DaemonSets", {{"error", list.error().message}});
          done_(false);
        });
  });
}

void PinRelease::on_list(const json& list) {
  const core::Facts& facts = surroundings_.facts();
  std::vector<json> pinning;
  for (const auto& each : array_at(list, "/items"))
    if (!core::pinned_by(each).empty() &&
        (!facts.owner || object::is_owned_by(each, facts.owner->uid)))
      pinning.push_back(each);
  if (pinning.empty()) {
    log::info("no DaemonSet has pins of the agent", {{"namespace", settings_.namespace_name}});
    return done_(true);
  }
  at_work_ = pinning.size();
  for (const auto& daemonset : pinning) {
    releasers_.push_back(std::make_unique<PinReleaser>(
        client_, scheduler_, settings_.namespace_name, object::name(daemonset)));
    PinReleaser& releaser = *releasers_.back();
    releaser.start(core::release_daemonset(settings_, facts, daemonset),
                   [this, &releaser] { on_done(releaser.is_clean()); });
  }
}

void PinRelease::on_done(bool is_clean) {
  is_clean_ = is_clean_ && is_clean;
  if (--at_work_ == 0) done_(is_clean_);
}

}  // namespace kip::controller
