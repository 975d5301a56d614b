#include "controller/pin_releaser.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "core/names.h"
#include "kube/errors.h"
#include "types/object.h"

namespace kip::controller {

using namespace std::chrono_literals;

namespace {

// A node pulls the agent's image, which it mostly has, and unpins within a second. Helm waits five
// minutes for the Job that does this before an uninstall.
constexpr Duration patience = 4min;
constexpr Duration pace = 2s;

// Twice the time that pods have to end.
constexpr Duration patience_with_pods = 1min;

}  // namespace

PinReleaser::PinReleaser(kube::Client client, Scheduler& scheduler,
                         const std::string& namespace_name, const std::string& daemonset_name)
    : client_(client),
      scheduler_(scheduler),
      releasing_at_{kube::daemonsets, namespace_name, core::release_name(daemonset_name)},
      daemonset_name_(daemonset_name),
      poll_(scheduler, {.trouble = "cannot take pins of the agent away; trying again",
                        .fields = {{"daemonset", daemonset_name}},
                        .forbidden_tries = 2}) {}

void PinReleaser::start(json releasing, std::function<void()> done) {
  releasing_ = std::move(releasing);
  done_ = std::move(done);
  last_ = {};
  log::info("taking the pins of the agent away on the nodes",
            {{"daemonset", daemonset_name_}, {"by", releasing_at_.name}});
  deadline_ = scheduler_.after(patience, [this] { end("not all nodes did it in time"); });
  make();
}

void PinReleaser::make() {
  uid_.clear();
  poll_.ask_to_write(
      [this](kube::Client::Done answered) {
        return client_.create({releasing_at_.resource, releasing_at_.namespace_name}, releasing_,
                              std::move(answered));
      },
      [this](const kube::Answer& answer) {
        if (answer || kube::is_conflict(answer.error())) return look();
        end(answer.error().message);
      });
}

void PinReleaser::look() {
  poll_.ask(
      [this](kube::Client::Done answered) {
        return client_.get(releasing_at_, std::move(answered));
      },
      [this](const kube::Answer& answer) {
        if (answer) return on_look(*answer);
        // Somebody took it away.
        kube::is_not_found(answer.error()) ? again(&PinReleaser::make)
                                           : end(answer.error().message);
      });
}

void PinReleaser::on_look(const json& there) {
  if (!core::is_releasing(there)) return end("another DaemonSet has the name");
  if (object::is_deleting(there)) return again(&PinReleaser::make);
  uid_ = object::uid(there);
  if (const auto release = core::release_of(there)) {
    last_ = *release;
    if (last_.left == 0) return end("");
  }
  again(&PinReleaser::look);
}

void PinReleaser::again(void (PinReleaser::*step)()) {
  timer_ = scheduler_.after(pace, [this, step] {
    const HandlePtr ended = std::move(timer_);
    (this->*step)();
  });
}

void PinReleaser::end(const std::string& trouble) {
  const HandlePtr ended = std::move(deadline_);
  timer_.reset();
  is_clean_ = trouble.empty();
  if (trouble.empty())
    log::info("the pins of the agent are taken away on all nodes",
              {{"daemonset", daemonset_name_}, {"nodes", last_.nodes}});
  else
    log::warn(
        "pins of the agent may be left on nodes, where they keep images from collection; "
        "docs/agent.md says how to take them away",
        {{"daemonset", daemonset_name_},
         {"nodes", last_.nodes},
         {"left", last_.left},
         {"because", trouble}});
  if (uid_.empty()) return std::exchange(done_, nullptr)();
  remove(std::exchange(done_, nullptr));
}

void PinReleaser::clean_up(std::function<void()> done) {
  deadline_.reset();
  timer_.reset();
  done_ = std::move(done);
  poll_.ask(
      [this](kube::Client::Done answered) {
        return client_.get(releasing_at_, std::move(answered));
      },
      [this](const kube::Answer& answer) {
        if (!answer || !core::is_releasing(*answer)) return std::exchange(done_, nullptr)();
        uid_ = object::uid(*answer);
        remove([this] {
          deadline_ = scheduler_.after(patience_with_pods, [this] { on_pods({}); });
          wait_for_pods();
        });
      });
}

void PinReleaser::wait_for_pods() {
  const kube::Collection pods{kube::pods, releasing_at_.namespace_name};
  const std::string selector = std::string(core::release_label) + "=" + checksum(daemonset_name_);
  poll_.ask(
      [this, path = pods.path() + "?labelSelector=" + percent_encoded(selector)](
          kube::Client::Done answered) { return client_.list_metadata(path, std::move(answered)); },
      [this](const kube::Answer& list) { on_pods(list ? *list : json()); });
}

void PinReleaser::on_pods(const json& list) {
  const json& pods = array_at(list, "/items");
  if (std::any_of(pods.begin(), pods.end(),
                  [](const json& pod) { return core::is_releasing(pod); }))
    return again(&PinReleaser::wait_for_pods);
  const HandlePtr ended = std::move(deadline_);
  timer_.reset();
  if (done_) std::exchange(done_, nullptr)();
}

void PinReleaser::remove(std::function<void()> done) {
  poll_.ask_to_write(
      [this](kube::Client::Done answered) {
        return client_.remove(releasing_at_, uid_, std::move(answered));
      },
      [done = std::move(done)](const kube::Answer&) { done(); });
}

}  // namespace kip::controller
