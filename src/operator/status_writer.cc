#include "operator/status_writer.h"

#include <algorithm>
#include <utility>

#include "base/news.h"
#include "kube/api.h"

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

StatusWriter::StatusWriter(http::Transport& transport, Scheduler& scheduler, std::string path,
                           const json& present, std::function<json(const json& last)> status)
    : transport_(transport),
      scheduler_(scheduler),
      path_(std::move(path)),
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
  call_ = kube::call(transport_,
                     {"PATCH", path_ + "/status", to_text(patch), "application/merge-patch+json"},
                     [this](const Result<json>& answer) { on_answer(answer); });
}

void StatusWriter::on_answer(const Result<json>& answer) {
  const HandlePtr ended = std::move(call_);
  if (answer) {
    backoff_.reset();
    last_error_.clear();
    // What the server keeps otherwise (an older CRD has no such field) is not sent for ever.
    present_ = std::exchange(sent_, {});
    if (is_marked_) mark();
    return;
  }
  if (answer.error().http_status == 404) return;  // the resource is gone
  tell_news(last_error_, "cannot write the status; trying again", answer.error());
  later(std::max(backoff_.next(answer.error(), scheduler_.random()),
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
