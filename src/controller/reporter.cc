#include "controller/reporter.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "core/held_images.h"
#include "types/object.h"

namespace kip::controller {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_nodes_named = 5;

std::string nodes_text(const std::vector<std::string>& nodes) {
  const std::size_t shown = std::min(nodes.size(), most_nodes_named);
  std::string text =
      joined({nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(shown)}, ",");
  if (shown < nodes.size()) text += ",…";
  return text;
}

// What comes and goes is told once in this time.
constexpr Duration flapping = 1min;

// Nodes seldom fall out all at once, but within seconds: then there are two lines, not one a node.
constexpr Duration gathering = 10s;

bool holds(const std::vector<std::string>& sorted, const std::string& name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

}  // namespace

void log_problems(const config::Problems& problems, const log::Fields& fields) {
  using Severity = config::Problem::Severity;
  for (const auto& problem : problems) {
    log::Fields all = fields;
    all.emplace_back("name", problem.setting);
    all.emplace_back("problem", problem.message);
    if (problem.severity == Severity::error)
      log::error("invalid setting", all);
    else if (problem.severity == Severity::left_out)
      log::warn("invalid entry of a setting; leaving it out", all);
    else
      log::warn("questionable setting", all);
  }
}

void Reporter::on_finding(const core::Finding& finding, const json& subject, bool acted) {
  if (finding == last_ && !acted) return;
  const bool is_news = !(finding == last_);
  // Nothing else would say for how many nodes it waits.
  const bool begins_to_wait = finding.reason == core::reasons::first_pull_waits.name &&
                              !finding.detail.empty() &&
                              (finding.reason != last_.reason || last_.detail.empty());
  last_ = finding;
  const auto level = finding.is_warning        ? log::Level::warn
                     : acted || begins_to_wait ? log::Level::info
                                               : log::Level::debug;
  const std::string& message = acted && !finding.done.empty() ? finding.done : finding.message;
  if (finding.detail.empty()) {
    log::write(level, message,
               {{"finding", finding.reason}, {"daemonset", name_}, {"namespace", namespace_name_}});
  } else {
    log::write(level, message,
               {{"finding", finding.reason},
                {"detail", finding.detail},
                {"daemonset", name_},
                {"namespace", namespace_name_}});
  }
  if (acted || (is_news && finding.is_warning)) {
    const std::string note = finding.detail.empty() ? message : message + ": " + finding.detail;
    events_.tell(subject, finding.reason, note, finding.is_warning);
  }
}

void Reporter::on_failures(const core::Failures& failures, const json& daemonset, WallTime now) {
  requeue_at_.reset();
  // Each try of a kubelet has another message (times, request numbers) and goes to and fro between
  // ErrImagePull and ImagePullBackOff, so neither is part of the subject.
  for (const auto& failure : failures.images)
    if (!news_of({failure.name, failure.image, failure.pull_failed}, failure.nodes, now).empty())
      tell_image(failure, daemonset);
  for (const auto& failure : failures.nodes)
    if (const auto news = news_of({failure.reason, "", false}, failure.nodes, now); !news.empty())
      tell_nodes(failure, news, daemonset);
  tell_what_ended(failures, now);
}

void Reporter::on_notices(const std::vector<core::ImageNotice>& notices, const json& subject) {
  std::set<std::pair<std::string, std::string>> present;
  for (const auto& notice : notices) {
    const auto& [name, image, reason, detail] = notice;
    present.emplace(image, reason->name);
    if (told_notices_.contains({image, reason->name})) continue;
    log::warn(reason->message, {{"name", name},
                                {"image", image},
                                {"finding", reason->name},
                                {"detail", detail},
                                {"daemonset", name_},
                                {"namespace", namespace_name_}});
    events_.tell(subject, reason->name, image + ": " + detail, reason->is_warning);
  }
  for (const auto& [image, reason] : told_notices_) {
    if (present.contains({image, reason})) continue;
    log::info(reason == core::reasons::put_last.name
                  ? "an image is no longer behind the others"
                  : "an image's registry gives no trouble any more",
              {{"image", image},
               {"finding", reason},
               {"daemonset", name_},
               {"namespace", namespace_name_}});
  }
  told_notices_ = std::move(present);
}

void Reporter::tell_image(const core::ImageFailure& failure, const json& daemonset) {
  const core::Reason& reason =
      failure.pull_failed ? core::reasons::image_pull_failed : core::reasons::container_failed;
  log::warn(reason.message, {{"name", failure.name},
                             {"image", failure.image},
                             {"reason", failure.reason},
                             {"nodes", failure.nodes.size()},
                             {"on", nodes_text(failure.nodes)},
                             {"error", failure.message},
                             {"daemonset", name_},
                             {"namespace", namespace_name_}});
  events_.tell(daemonset, reason.name,
               failure.image + " on " + nodes_text(failure.nodes) + ": " + failure.reason + ": " +
                   failure.message,
               reason.is_warning);
}

void Reporter::tell_nodes(const core::NodeFailure& failure, const std::vector<std::string>& news,
                          const json& daemonset) {
  const core::Reason& reason = core::reasons::pod_not_running;
  log::warn(reason.message, {{"reason", failure.reason},
                             {"nodes", failure.nodes.size()},
                             {"on", nodes_text(news)},
                             {"error", failure.message},
                             {"daemonset", name_},
                             {"namespace", namespace_name_}});
  std::string on = nodes_text(news);
  if (failure.nodes.size() > 1) on += " (" + std::to_string(failure.nodes.size()) + " nodes)";
  events_.tell(daemonset, reason.name, on + ": " + failure.reason + ": " + failure.message,
               reason.is_warning);
}

// The nodes to name, if it is to be told now.
std::vector<std::string> Reporter::news_of(const Subject& subject,
                                           const std::vector<std::string>& nodes, WallTime now) {
  const auto [entry, is_new] = told_.try_emplace(subject, Told{now, nodes, nodes.size()});
  if (is_new) return nodes;
  Told& told = entry->second;
  std::vector<std::string> names = nodes;
  if (told.is_over) {
    if (!is_due(told.at + flapping, now)) return {};
  } else {
    // An image spreads over nodes one by one: it is told again when it has spread to twice as many,
    // so ten times for a thousand nodes. Of nodes that fall out each is named.
    const bool has_doubled = nodes.size() >= 2 * told.count;
    if (subject.image.empty()) {
      std::erase_if(told.nodes, [&](const auto& node) { return !holds(nodes, node); });
      std::erase_if(names, [&](const auto& node) { return holds(told.nodes, node); });
      if (names.empty()) return {};
      if (!is_due(told.at + (has_doubled ? gathering : flapping), now)) return {};
    } else if (!has_doubled) {
      return {};
    }
  }
  told = {now, nodes, nodes.size()};
  return names;
}

void Reporter::tell_what_ended(const core::Failures& failures, WallTime now) {
  const auto has_failure = [&](const std::string& name) {
    return std::any_of(failures.images.begin(), failures.images.end(),
                       [&](const auto& each) { return each.name == name; });
  };
  const auto is_there = [&](const Subject& subject) {
    if (subject.image.empty())
      return std::any_of(failures.nodes.begin(), failures.nodes.end(),
                         [&](const auto& each) { return each.reason == subject.name; });
    return std::any_of(failures.images.begin(), failures.images.end(), [&](const auto& each) {
      return each.name == subject.name && each.image == subject.image &&
             each.pull_failed == subject.pull_failed;
    });
  };
  for (auto& [subject, told] : told_) {
    if (told.is_over || is_there(subject)) continue;
    told.is_over = true;
    if (subject.image.empty()) {
      log::info("no node reports trouble of this kind any more", {{"reason", subject.name},
                                                                  {"nodes", told.nodes.size()},
                                                                  {"on", nodes_text(told.nodes)},
                                                                  {"daemonset", name_},
                                                                  {"namespace", namespace_name_}});
    } else if (!has_failure(subject.name)) {
      log::info("no node reports trouble with an image any more", {{"name", subject.name},
                                                                   {"image", subject.image},
                                                                   {"daemonset", name_},
                                                                   {"namespace", namespace_name_}});
    }
  }
  std::erase_if(told_, [&](const auto& entry) {
    return entry.second.is_over && now >= entry.second.at + flapping && !is_there(entry.first);
  });
}

// Else it is looked at again then.
bool Reporter::is_due(WallTime time, WallTime now) {
  if (time <= now || time > now + flapping) return true;  // or the clock was set back
  if (!requeue_at_ || time < *requeue_at_) requeue_at_ = time;
  return false;
}

void Reporter::on_rollout(const core::Rollout& rollout, const json& daemonset, SteadyTime now) {
  if (!rollout.is_observed) return;
  const auto generation = int_at(daemonset, "/metadata/generation");
  const std::string uid = object::uid(daemonset);
  if (begun_generation_ != generation || begun_uid_ != uid) {
    begun_generation_ = generation;
    begun_uid_ = uid;
    warm_nodes_ = -1;
    begun_ = now;
  }
  const auto nodes = rollout.desired;
  if (!rollout.is_warm() || warm_nodes_ == nodes) return;
  // After an outage all nodes are tainted for a moment, and none counts: that is no news of ours.
  if (nodes == 0 && warm_nodes_ > 0) return;
  warm_nodes_ = nodes;
  if (nodes == 0) {
    log::warn("no node matches NODE_SELECTOR, AFFINITY and TOLERATIONS, so nothing is cached",
              {{"daemonset", name_}, {"namespace", namespace_name_}});
  } else {
    log::info("every image is on every node",
              {{"images", core::held_images(object_at(daemonset, "/spec/template/spec")).size()},
               {"nodes", nodes},
               {"after", to_text(now - begun_)},
               {"daemonset", name_},
               {"namespace", namespace_name_}});
  }
}

}  // namespace kip::controller
