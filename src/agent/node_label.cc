#include "agent/node_label.h"

#include <utility>

#include "base/log.h"

namespace kip::agent {

namespace {

using namespace std::chrono_literals;

constexpr const char* prefix = "image-prefetcher.stackrox.io/";
// What waits for the label has no other way to learn of it, but the pod is to end.
constexpr Duration patience = 30s;
constexpr int forbidden_tries = 3;

}  // namespace

NodeLabeler::NodeLabeler(http::Transport& transport, Scheduler& scheduler, std::string node)
    : client_(transport),
      scheduler_(scheduler),
      node_(std::move(node)),
      poll_(scheduler, {.trouble = "cannot label the node; trying again",
                        .fields = {{"node", node_}},
                        .forbidden_tries = forbidden_tries,
                        .is_waited_for = true}) {}

void NodeLabeler::set(const std::string& instance, bool succeeded, std::function<void()> done) {
  done_ = std::move(done);
  deadline_ = scheduler_.after(patience, [this] {
    log::warn("the node could not be labelled in time", {{"node", node_}});
    end();
  });
  const json patch = {
      {"metadata", {{"labels", {{prefix + instance, succeeded ? "succeeded" : "failed"}}}}}};
  poll_.ask_to_write(
      [this, patch](kube::Client::Done answered) {
        return client_.patch({kube::nodes, "", node_}, patch, std::move(answered));
      },
      [this](const kube::Answer& answer) {
        if (!answer)
          log::warn("the node was not labelled; add the rule, or leave INSTANCE_NAME out",
                    {{"node", node_}, {"problem", answer.error().message}});
        end();
      });
}

void NodeLabeler::end() {
  // Not from inside the poll's own callback: who is called may destroy it.
  last_ = scheduler_.after(Duration::zero(), [done = std::exchange(done_, nullptr)] {
    if (done) done();
  });
  deadline_.reset();
}

}  // namespace kip::agent
