#include "operator/status_writer.h"

#include <algorithm>
#include <utility>

namespace kip::operators {

using namespace std::chrono_literals;

namespace {

// A roll-out over thousands of nodes changes the counts with each of them.
constexpr Duration pace = 1s;

// A new resource gets its DaemonSet within this: one write tells of both.
constexpr Duration first_news = 100ms;

// Nobody is hurt by a status that is late; a thousand that ask a server that is away are a burden.
constexpr Duration shortest_after_failure = 5s;

}  // namespace

StatusWriter::StatusWriter(kube::Client client, Scheduler& scheduler,
                           kube::ObjectReference resource, const json& present,
                           std::function<json(const json& last)> status)
    : client_(client),
      scheduler_(scheduler),
      resource_(std::move(resource)),
      status_(std::move(status)),
      present_(to_text(present)),
      last_(scheduler.now() - pace) {}

void StatusWriter::mark() {
  is_marked_ = true;
  if (!call_ && !timer_) later(std::max(first_news, pace - (scheduler_.now() - last_)));
}

void StatusWriter::on_read(const json& status) {
  present_ = to_text(status);
  mark();
}

void StatusWriter::send() {
  is_marked_ = false;
  last_ = scheduler_.now();
  const json present = parse_json(present_);
  const json wanted = status_(present);
  if (wanted == present) return;
  json patch = {{"status", wanted}};
  for (const auto& [field, value] : present.items())  // RFC 7396: null takes a field away
    if (!wanted.contains(field)) patch["status"][field] = nullptr;
  sent_ = to_text(wanted);
  call_ = client_.patch_status(resource_, patch,
                               [this](const kube::Answer& answer) { on_answer(answer); });
}

void StatusWriter::on_answer(const kube::Answer& answer) {
  const HandlePtr ended = std::move(call_);
  if (answer) {
    retry_.reset();
    outage_.over();
    // What the server keeps otherwise (an older CRD has no such field) is not sent for ever.
    present_ = std::exchange(sent_, {});
    if (is_marked_) mark();
    return;
  }
  if (kube::is_not_found(answer.error())) return;  // the resource is gone
  outage_.failed(answer.error());
  later(std::max(retry_.after(answer.error(), scheduler_.random()),
                 shortest_after_failure + std::chrono::duration_cast<Duration>(
                                              shortest_after_failure * scheduler_.random())));
}

void StatusWriter::later(Duration delay) {
  timer_ = scheduler_.after(delay, [this] {
    const HandlePtr ended = std::move(timer_);
    send();
  });
}

}  // namespace kip::operators
