#include "kube/event_recorder.h"

#include <cstdio>

#include "base/log.h"
#include "base/text.h"
#include "kube/outage.h"
#include "types/object.h"

namespace kip::kube {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t longest_note = 1000;  // the API takes 1,024 bytes (events.k8s.io/v1, note)
constexpr std::size_t longest_base = 200;   // of 253 bytes that a name may have
constexpr std::size_t most_waiting = 20;
constexpr int burst = 25;        // as client-go's EventCorrelator has it,
constexpr Duration pace = 5min;  // for one source and object

// Events want them; the store's object may come from a list, which leaves them out.
std::string kind_of(const json& object) {
  const std::string kind = string_at(object, "/kind");
  return kind.empty() ? "DaemonSet" : kind;
}
std::string version_of(const json& object) {
  const std::string version = string_at(object, "/apiVersion");
  return version.empty() ? "apps/v1" : version;
}

// A name of our own, as client-go has it – the object's name and the time – and not generateName: a
// request that comes twice (docs/design/api-client.md) must not make two Events. `random` is for
// two that begin in the same millisecond.
std::string name_of(const json& object, WallTime now, double random) {
  std::string name = object::name(object).substr(0, longest_base);
  while (name.ends_with('-') || name.ends_with('.')) name.pop_back();
  char end[32];
  std::snprintf(end, sizeof end, ".%llx%08x",
                static_cast<unsigned long long>(now.time_since_epoch().count()),
                static_cast<unsigned>(random * 0xFFFFFFFFU));
  return name + end;
}

}  // namespace

json make_event(const json& object, const std::string& namespace_name, const std::string& reason,
                const std::string& message, bool is_warning, WallTime now, double random) {
  const std::string time = to_rfc3339(now);
  json event = {
      {"apiVersion", "v1"},
      {"kind", "Event"},
      {"metadata", {{"name", name_of(object, now, random)}, {"namespace", namespace_name}}},
      {"involvedObject",
       {{"apiVersion", version_of(object)},
        {"kind", kind_of(object)},
        {"namespace", namespace_name},
        {"name", object::name(object)},
        {"uid", object::uid(object)}}},
      {"reason", reason},
      {"message", cut(message, longest_note)},
      {"type", is_warning ? "Warning" : "Normal"},
      {"source", {{"component", "kubernetes-image-puller"}}},
      {"firstTimestamp", time},
      {"lastTimestamp", time},
      {"count", 1}};
  // What is of the cluster has no namespace, though its Events have one.
  if (kind_of(object) == "Node") event["involvedObject"].erase("namespace");
  return event;
}

EventRecorder::EventRecorder(Client client, Scheduler& scheduler, std::string namespace_name)
    : client_(client),
      scheduler_(scheduler),
      namespace_name_(std::move(namespace_name)),
      bucket_(burst, pace) {}

void EventRecorder::tell(const json& object, const std::string& reason, const std::string& message,
                         bool is_warning) {
  const SteadyTime now = scheduler_.now();
  if (object.is_null() || waiting_.size() >= most_waiting || now < not_before_ ||
      !bucket_.take(now))
    return;
  waiting_.push_back(make_event(object, namespace_name_, reason, message, is_warning,
                                scheduler_.wall_now(), scheduler_.random()));
  if (!call_) send_next();
}

void EventRecorder::send_next() {
  if (waiting_.empty()) return;
  const json event = std::move(waiting_.front());
  waiting_.pop_front();
  call_ = client_.create({events, namespace_name_}, event,
                         [this](const Answer& answer) { on_answer(answer); });
}

// An Event that could not be sent is not sent again: the log has it.
void EventRecorder::on_answer(const Answer& answer) {
  const HandlePtr ended = std::move(call_);
  if (answer || is_conflict(answer.error())) {  // the request came twice
    retry_.reset();
  } else {
    log::debug("an Event could not be sent; leaving it out", {{"error", answer.error().message}});
  }
  if (!answer && is_forbidden(answer.error())) {
    const bool told = retry_.is_forbidden();
    not_before_ = scheduler_.now() + retry_.after(answer.error(), scheduler_.random());
    waiting_.clear();
    if (!told && retry_.is_forbidden())
      warn_of_missing_rule("may not create Events; add the rule to the Role",
                           "apiGroups: [\"\"], resources: [events], verbs: [create]");
  }
  send_next();
}

}  // namespace kip::kube
