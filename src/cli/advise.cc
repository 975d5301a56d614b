#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "advise/advice_text.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "core/ownership.h"
#include "discovery/image_usage.h"
#include "types/object.h"
#include "yaml/to_yaml.h"

namespace kip::cli {

namespace {

using discovery::workload_kinds;
using discovery::WorkloadKind;

// Takes what is needed of objects as they come.
class Seen {
 public:
  void take(const WorkloadKind& kind, const json& object) {
    const bool is_own = core::is_of_a_puller(object);
    if (kind.name == "Pod") take_pod(object, is_own);
    if (kind.name == "DaemonSet" && is_own) own_.add(object);
    if (!is_own) usage_.add(kind, object);
  }
  void take_event(const json& object) {
    if (const auto event = advise::pull_event_of(object))
      records_.add(*event, own_.is_name_of_own_pod(event->namespace_name, event->pod));
  }
  advise::Advice advice() {
    return advise::advise(
        usage_.images(), records_.result([this](const std::string& image, const std::string& node) {
          return own_.held_since(image, node);
        }),
        own_.listed());
  }
  bool has_list() const { return !own_.empty(); }

 private:
  void take_pod(const json& pod, bool is_own) {
    if (is_own) own_.add_pod(pod);
    if (const auto started = from_rfc3339(string_at(pod, "/status/startTime")))
      records_.add_pod(object::uid(pod), *started, is_own);
  }

  discovery::ImageUsage usage_;
  advise::OwnDaemonSets own_;
  advise::PullRecords records_;
};

const WorkloadKind& kind_named(std::string_view name) {
  return *std::find_if(std::begin(workload_kinds), std::end(workload_kinds),
                       [&](const WorkloadKind& kind) { return kind.name == name; });
}

// DaemonSets before pods before Events: whose something is, is known then. Where the filter leaves
// out namespaces, ours may be in one of these.
std::vector<Collection> collections(const WorkloadFilter& filter, Seen& seen) {
  std::vector<Collection> found;
  const auto add = [&](const WorkloadFilter& of, const WorkloadKind& kind) {
    found.push_back(filtered(of, std::string(kind.api), std::string(kind.plural),
                             [&seen, at = &kind](const json& object) { seen.take(*at, object); }));
  };
  const WorkloadKind &daemonsets = kind_named("DaemonSet"), &pods = kind_named("Pod");
  if (!filter.namespace_name.empty() || !filter.ignored_namespaces.empty()) {
    WorkloadFilter ours;
    ours.selector = core::our_label_selector();
    for (const auto* kind : {&daemonsets, &pods}) {
      add(ours, *kind);
      found.back().what += " of image pullers in all namespaces";
    }
  }
  add(filter, daemonsets);
  add(filter, pods);
  for (const auto& kind : workload_kinds)
    if (kind != daemonsets && kind != pods) add(filter, kind);
  for (const char* fields : advise::pull_event_selectors)
    found.push_back(filtered(
        filter, "/api/v1", "events", [&seen](const json& event) { seen.take_event(event); },
        fields));
  return found;
}

// What a list would lose is to be told to whoever takes it without having seen the table.
std::string proposed(const advise::Advice& advice) {
  for (const auto& image : advise::dropped_images(advice))
    warn("left out, as nothing uses it: " + image);
  return advise::advised_images(advice);
}

std::string in_form(const advise::Advice& advice, AdviseOutput output) {
  switch (output) {
    case AdviseOutput::table:
      return advise::advice_table(advice);
    case AdviseOutput::json:
      return advise::advice_json(advice).dump(2) + "\n";
    case AdviseOutput::yaml:
      return to_yaml(advise::advice_json(advice));
    case AdviseOutput::images:
      return proposed(advice);
  }
  return {};
}

}  // namespace

int advise(const Environment& environment, const AdviseOptions& options) {
  Seen seen;
  if (const int code = list(environment, options.filter, collections(options.filter, seen));
      code != 0)
    return code;
  if (!seen.has_list()) warn("there is no DaemonSet of an image puller: no image is in a list");
  print(in_form(seen.advice(), options.output));
  return 0;
}

}  // namespace kip::cli
