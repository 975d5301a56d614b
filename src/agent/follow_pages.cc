#include "agent/follow_pages.h"

#include "metrics/health.h"

namespace kip::agent {

namespace {

FollowPage say(const std::string& trouble) {
  return {.status = trouble.empty() ? 200 : 500, .body = metrics::health_json(trouble)};
}

class Metrics {
 public:
  void family(const std::string& name, const std::string& type, const std::string& help) {
    name_ = "image_puller_agent_" + name;
    text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
  }
  void value(std::uint64_t number, const std::string& labels = "") {
    text_ += name_ + labels + " " + std::to_string(number) + "\n";
  }
  std::string text() const { return text_; }

 private:
  std::string name_, text_;
};

FollowPage metrics_of(const FollowState& state) {
  Metrics metrics;
  metrics.family("pulls_total", "counter", "Pulls that ended.");
  metrics.value(state.totals.pulled, R"({result="pulled"})");
  metrics.value(state.totals.failed, R"({result="failed"})");
  metrics.family("images", "gauge", "Images that were heard of.");
  metrics.value(state.counts.there, R"({state="there"})");
  metrics.value(state.counts.waiting, R"({state="waiting"})");
  metrics.value(state.counts.pulling, R"({state="pulling"})");
  metrics.value(state.counts.failing, R"({state="failing"})");
  if (state.uses_nats) {
    metrics.family("messages_total", "counter", "Messages of NATS.");
    metrics.value(state.messages - state.bad_messages, R"({kind="image"})");
    metrics.value(state.bad_messages, R"({kind="other"})");
    metrics.family("nats_connected", "gauge", "Whether NATS is there.");
    metrics.value(state.is_connected ? 1 : 0);
  }
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics.text()};
}

}  // namespace

FollowPage follow_page(const std::string& path, const FollowState& state) {
  if (path == "/metrics") return metrics_of(state);
  if (path == "/readyz") return say(state.trouble);
  if (path == "/last-pull") return say(state.totals.last_failure);
  return say("");
}

}  // namespace kip::agent
