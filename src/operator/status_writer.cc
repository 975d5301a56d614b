#include "operator/status_writer.h"

#include "kube/api.h"
#include "runtime/news.h"

namespace kip::operators {

using namespace std::chrono_literals;

namespace {
// A roll-out over thousands of nodes changes the counts with each of them.
constexpr Duration pace = 1s;
}  // namespace

StatusWriter::StatusWriter(kube::Transport& transport, Scheduler& scheduler, std::string path,
                           json present)
    : transport_(transport),
      scheduler_(scheduler),
      path_(std::move(path)),
      present_(std::move(present)),
      last_(scheduler.now() - pace) {}

void StatusWriter::write(json status) {
  wanted_ = std::move(status);
  if (!call_ && !timer_) send();
}

void StatusWriter::on_read(const json& status) {
  present_ = status;
  if (!wanted_.is_null() && !call_ && !timer_) send();
}

void StatusWriter::send() {
  if (wanted_ == present_) return;
  const Duration since = scheduler_.now() - last_;
  if (since < pace) return later(pace - since);
  last_ = scheduler_.now();
  sent_ = wanted_;
  json patch = {{"status", wanted_}};
  for (const auto& [field, value] : present_.items())  // RFC 7396: null takes a field away
    if (!wanted_.contains(field)) patch["status"][field] = nullptr;
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
    present_ = sent_;
    return send();
  }
  if (answer.error().http_status == 404) return;  // the resource is gone
  runtime::tell_news(last_error_, "cannot write the status; trying again", answer.error());
  later(backoff_.next(answer.error(), scheduler_.random()));
}

void StatusWriter::later(Duration delay) {
  timer_ = scheduler_.after(delay, [this] {
    const HandlePtr ended = std::move(timer_);
    send();
  });
}

}  // namespace kip::operators
