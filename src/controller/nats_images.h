// The images that are published on a subject of NATS, as a source (docs/design/nats.md). What was
// heard is kept in a ConfigMap beside the DaemonSet, which the Deployment owns. Belongs to the
// loop.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "controller/image_source.h"
#include "core/published_images.h"
#include "http/transport.h"
#include "kube/configmap_text.h"
#include "loop/scheduler.h"

namespace kip::controller {

// No callback comes from inside the call that begins or ends a subscription.
struct SubscriptionSink {
  std::function<void(std::string_view payload)> on_message;
  std::function<void()> on_connected, on_disconnected;
};
// Begins to follow a subject, for ever; ends that when what it returns is destroyed.
using Subscribe = std::function<HandlePtr(const config::Nats&, SubscriptionSink)>;

class NatsImages : public ImageSource {
 public:
  NatsImages(http::Transport& transport, Scheduler& scheduler, const config::Settings& settings,
             Subscribe subscribe);

  void start(std::function<void()> on_change) override;
  // Once the ConfigMap was read, or may not be: no server of NATS is waited for.
  bool is_known() const override { return is_known_; }
  std::vector<WantedImage> images() const override { return wanted_; }

  static std::string configmap_name(const std::string& daemonset_name);

 private:
  // Of lines of the log that anybody can cause: one at once, then how many, once an hour.
  struct Seldom {
    std::optional<SteadyTime> told = {};
    std::size_t since = 0;
    // The number of those that it speaks for; 0: say nothing.
    std::size_t take(SteadyTime now);
  };

  void on_stored(const std::optional<std::string>& text);
  void on_message(std::string_view payload);
  void on_connected();
  void on_disconnected();
  void gather();
  void wait();
  void tell();
  void refused(const http::Error& error);

  Scheduler& scheduler_;
  const config::Nats asked_;
  const Subscribe subscribe_;
  const Duration pace_;  // how far what is stored may be behind
  kube::ConfigMapText stored_;
  core::PublishedImages published_;
  std::function<void()> on_change_;
  std::vector<WantedImage> wanted_;
  bool is_known_ = false, told_refused_ = false;
  std::optional<SteadyTime> deaf_since_;
  WallTime written_{};
  Seldom bad_, left_out_;
  HandlePtr gathering_, timer_;
  HandlePtr subscription_;  // ends first
};

}  // namespace kip::controller
