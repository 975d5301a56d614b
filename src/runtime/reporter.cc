#include "runtime/reporter.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace kip::runtime {

namespace {

constexpr std::size_t most_nodes_named = 5;

std::string nodes_text(const std::vector<std::string>& nodes) {
  const std::size_t shown = std::min(nodes.size(), most_nodes_named);
  std::string text =
      joined({nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(shown)}, ",");
  if (shown < nodes.size()) text += ",…";
  return text;
}

// Each try of a kubelet has another message (times, request numbers) and goes to and fro between
// ErrImagePull and ImagePullBackOff; the trouble is the same as long as these are. Nodes come one
// by one: it is told again when it has spread to twice as many, so ten times for a thousand nodes.
bool is_same(const core::ImageTrouble& told, const core::ImageTrouble& now) {
  return told.image == now.image && told.pull_failed == now.pull_failed &&
         now.nodes.size() < 2 * told.nodes.size();
}

}  // namespace

void Reporter::on_finding(const core::Finding& finding, const json& subject, bool acted) {
  if (finding == last_ && !acted) return;
  const bool is_news = !(finding == last_);
  last_ = finding;
  const auto level = finding.is_warning ? log::Level::warn
                     : acted            ? log::Level::info
                                        : log::Level::debug;
  if (finding.detail.empty()) {
    log::write(level, finding.message,
               {{"finding", finding.reason}, {"namespace", namespace_name_}});
  } else {
    log::write(
        level, finding.message,
        {{"finding", finding.reason}, {"detail", finding.detail}, {"namespace", namespace_name_}});
  }
  if (acted || (is_news && finding.is_warning)) {
    const std::string note =
        finding.detail.empty() ? finding.message : finding.message + ": " + finding.detail;
    events_.tell(subject, finding.reason, note, finding.is_warning);
  }
}

void Reporter::on_troubles(const std::vector<core::ImageTrouble>& troubles, const json& daemonset) {
  std::map<std::string, core::ImageTrouble> now;
  for (const auto& trouble : troubles) {
    const auto before = troubles_.find(trouble.name);
    const bool is_news = before == troubles_.end() || !is_same(before->second, trouble);
    now.emplace(trouble.name, is_news ? trouble : before->second);
    if (!is_news) continue;
    const char* message =
        trouble.pull_failed ? "an image cannot be pulled" : "a container cannot start";
    log::warn(message, {{"name", trouble.name},
                        {"image", trouble.image},
                        {"reason", trouble.reason},
                        {"nodes", trouble.nodes.size()},
                        {"on", nodes_text(trouble.nodes)},
                        {"error", trouble.message},
                        {"namespace", namespace_name_}});
    events_.tell(daemonset, trouble.pull_failed ? "ImagePullFailed" : "ContainerFailed",
                 trouble.image + " on " + nodes_text(trouble.nodes) + ": " + trouble.reason + ": " +
                     trouble.message,
                 true);
  }
  for (const auto& [name, trouble] : troubles_)
    if (!now.contains(name))
      log::info("no node reports trouble with an image any more",
                {{"name", name}, {"image", trouble.image}, {"namespace", namespace_name_}});
  troubles_ = std::move(now);
}

void Reporter::on_status(const json& daemonset, SteadyTime now) {
  const auto generation = int_at(daemonset, "/metadata/generation");
  if (daemonset.is_null() || int_at(daemonset, "/status/observedGeneration") < generation) return;
  if (begun_generation_ != generation) {
    begun_generation_ = generation;
    begun_ = now;
  }
  const auto nodes = int_at(daemonset, "/status/desiredNumberScheduled");
  const bool is_warm = int_at(daemonset, "/status/updatedNumberScheduled") >= nodes &&
                       int_at(daemonset, "/status/numberReady") >= nodes;
  if (!is_warm || (warm_generation_ == generation && warm_nodes_ == nodes)) return;
  warm_generation_ = generation;
  warm_nodes_ = nodes;
  if (nodes == 0) {
    log::warn("no node matches NODE_SELECTOR, AFFINITY and TOLERATIONS, so nothing is cached",
              {{"namespace", namespace_name_}});
  } else {
    log::info("every image is on every node",
              {{"images", array_at(daemonset, "/spec/template/spec/containers").size()},
               {"nodes", nodes},
               {"after", to_text(now - begun_)},
               {"namespace", namespace_name_}});
  }
}

}  // namespace kip::runtime
