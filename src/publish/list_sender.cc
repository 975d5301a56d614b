#include "publish/list_sender.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"

namespace kip::publish {

namespace {

// Of a server that is slow to take more.
constexpr Duration pause = std::chrono::milliseconds(200);
// Then it is the message that it does not take.
constexpr int most_refusals = 50;

}  // namespace

ListSender::ListSender(Scheduler& scheduler, Link link, Duration resend)
    : scheduler_(scheduler), link_(std::move(link)), resend_(resend) {
  wait_for_resend();
}

void ListSender::set_list(std::vector<std::string> images) {
  const std::set<std::string> before(list_.begin(), list_.end());
  list_ = std::move(images);
  const std::set<std::string> now(list_.begin(), list_.end());
  std::erase_if(to_send_, [&](const auto& image) { return !now.contains(image); });
  for (const auto& image : list_)
    if (!before.contains(image)) to_send_.push_back(image);
  go_on();
}

void ListSender::on_connected() { send_all(); }

void ListSender::send_all() {
  to_send_.assign(list_.begin(), list_.end());
  go_on();
}

void ListSender::go_on() {
  pump_.reset();
  // All of it is sent when it is back.
  if (!link_.is_connected()) return to_send_.clear();
  while (!to_send_.empty()) {
    if (link_.publish(to_send_.front())) {
      ++sent_;
    } else if (++refusals_ < most_refusals) {
      pump_ = scheduler_.after(pause, [this] { go_on(); });
      return;
    } else {
      log::warn("an image cannot be published", {{"image", to_send_.front()}});
    }
    refusals_ = 0;
    to_send_.pop_front();
  }
}

// Not all controllers at the same moment.
void ListSender::wait_for_resend() {
  const Duration spread = std::chrono::duration_cast<Duration>(resend_ * scheduler_.random() / 10);
  timer_ = scheduler_.after(resend_ - spread, [this] {
    const HandlePtr ended = std::move(timer_);
    send_all();
    wait_for_resend();
  });
}

}  // namespace kip::publish
