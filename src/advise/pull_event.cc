#include "advise/pull_event.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace kip::advise {

namespace {

constexpr std::string_view joined = "(combined from similar events): ";

bool take(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

// What is before `end`, which is taken, too.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view end) {
  const auto at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto found = text.substr(0, at);
  text.remove_prefix(at + end.size());
  return found;
}

// A name in quotes, as Go's %q writes it; one with an escape in it is no image's.
bool take_image(std::string_view& text, std::string_view start, std::string& image) {
  if (!take(text, start)) return false;
  const auto name = take_until(text, "\"");
  if (!name || name->empty() || name->find('\\') != std::string_view::npos) return false;
  image = *name;
  return true;
}

bool take_duration(std::string_view text, Duration& duration) {
  const auto parsed = parse_go_duration(text);
  if (!parsed || *parsed < Duration::zero()) return false;
  duration = *parsed;
  return true;
}

// Behind the name: ` in 1.2s (3.4s including waiting). Image size: 123 bytes.`, where versions of
// before end earlier.
bool read_pull(std::string_view text, PullEvent& event) {
  if (!take(text, " in ")) return false;
  const auto pulling = text.substr(0, text.find(' '));
  if (!take_duration(pulling, event.pulling)) return false;
  event.waiting = event.pulling;
  text.remove_prefix(pulling.size());
  if (!take(text, " (")) return true;
  const auto waiting = take_until(text, " including waiting)");
  if (!waiting || !take_duration(*waiting, event.waiting)) return false;
  if (take(text, ". Image size: "))
    std::from_chars(text.data(), text.data() + text.size(), event.bytes);
  return true;
}

bool read_message(std::string_view text, PullEvent& event) {
  if (take_image(text, "Container image \"", event.image)) {
    event.kind = PullEvent::Kind::present;
    return text.starts_with(" already present on machine");
  }
  if (take_image(text, "Successfully pulled image \"", event.image)) {
    event.kind = PullEvent::Kind::pulled;
    return read_pull(text, event);
  }
  event.kind = PullEvent::Kind::failed;
  return take_image(text, "Failed to pull image \"", event.image);
}

// Of an Event of client-go's older kind, or of events.k8s.io, shown as the older kind.
std::optional<WallTime> time_of(const json& event, std::initializer_list<const char*> fields) {
  for (const char* field : fields)
    if (const auto time = from_rfc3339(string_at(event, field))) return *time;
  return std::nullopt;
}

}  // namespace

std::optional<PullEvent> pull_event_of(const json& event) {
  if (string_at(event, "/involvedObject/kind") != "Pod") return std::nullopt;
  if (string_at(event, "/source/component") != "kubelet" &&
      string_at(event, "/reportingComponent") != "kubelet")
    return std::nullopt;
  PullEvent found;
  const std::string message = string_at(event, "/message");
  std::string_view text = message;
  const bool is_joined = take(text, joined);
  if (!read_message(text, found)) return std::nullopt;
  found.namespace_name = string_at(event, "/involvedObject/namespace");
  found.pod = string_at(event, "/involvedObject/name");
  found.pod_uid = string_at(event, "/involvedObject/uid");
  found.container = string_at(event, "/involvedObject/fieldPath");
  found.node = string_at(event, "/source/host");
  if (found.node.empty()) found.node = string_at(event, "/reportingInstance");
  const auto first =
      time_of(event, {"/firstTimestamp", "/eventTime", "/metadata/creationTimestamp"});
  if (!first) return std::nullopt;
  found.first = *first;
  found.last = time_of(event, {"/series/lastObservedTime", "/lastTimestamp"}).value_or(found.first);
  const auto count =
      std::max<std::int64_t>({1, int_at(event, "/count"), int_at(event, "/series/count")});
  (is_joined ? found.untold : found.count) =
      static_cast<std::size_t>(is_joined ? count - 1 : count);
  // What is told is the latest of them.
  if (is_joined) found.first = found.last;
  return found;
}

}  // namespace kip::advise
