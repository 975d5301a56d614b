#include "kube/reflector.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "kube/client.h"
#include "kube/shape.h"
#include "types/object.h"

namespace kip::kube {

using namespace std::chrono_literals;

namespace {

// The server ends a watch after this; drawn between one and two times it, so that many watches do
// not end together. The transport's liveness deadline (330 s) lies above.
constexpr int shortest_watch_seconds = 150;

// A watch that ends this long before its time was not ended by its timeout.
constexpr Duration early = 5s;

// One watch ended, and the next begins.
constexpr Duration pause_between_watches = 50ms;

// No server ends a watch this soon that could be followed.
constexpr Duration shortest_meant = 5s;

// So many that ended at once but told something may be an API server that is being replaced.
constexpr int most_short_ones = 5;

// While a server is away, or the balancer before it says so, one request a second from here costs
// it nothing, and what it missed is made good within a second of its return. Less than the shortest
// would be more than that: each try makes a connection.
constexpr Duration shortest_while_away = 400ms, longest_while_away = 1s;

bool is_of_a_server_that_is_away(const http::Error& error) {
  return error.kind == ErrorKind::unreachable ||
         (error.kind == ErrorKind::transient && !error.too_large && is_away(error));
}

// Why a watch ended, nothing where its time was over.
std::optional<http::Error> reason(const http::Answer& end, const http::Request& request) {
  if (!end) return end.error();
  if (end->status == 200) return std::nullopt;
  const Answer judged = to_result(request, *end);
  if (!judged) return judged.error();
  return http::Error{ErrorKind::transient,
                     "watch of " + request.path + ": answered " + std::to_string(end->status) +
                         " where 200 was expected",
                     end->status};
}

std::string selectors(const Reflector::Options& options) {
  std::string query;
  if (!options.field_selector.empty())
    query += "&fieldSelector=" + percent_encoded(options.field_selector);
  if (!options.label_selector.empty())
    query += "&labelSelector=" + percent_encoded(options.label_selector);
  return query;
}

}  // namespace

Reflector::Reflector(http::Transport& transport, Scheduler& scheduler, Options options, Sink sink)
    : transport_(transport),
      scheduler_(scheduler),
      options_(std::move(options)),
      path_(options_.collection.path()),
      sink_(std::move(sink)),
      pager_(transport, path_, selectors(options_),
             {.on_object = [this](json& object) { take(object); },
              .on_too_large =
                  [this](const json& object) {
                    leave_out(object::key(object),
                              "it takes more than " + std::to_string(http::max_body) + " bytes");
                  },
              .on_listed = [this](const std::string& version) { finish_list(version); },
              .on_failed = [this](const http::Error& error) { fail(error); }}) {}

void Reflector::start() { start_over(); }

void Reflector::start_over() {
  told_before_ = std::exchange(left_out_, {});
  sink_.on_list();
  pager_.start();
}

void Reflector::finish_list(const std::string& resource_version) {
  resource_version_ = resource_version;
  is_synced_ = true;
  is_away_ = false;
  sink_.on_listed();
  follow();
}

void Reflector::follow() {
  told_ = false;
  begun_ = scheduler_.now();
  const int seconds =
      shortest_watch_seconds + static_cast<int>(shortest_watch_seconds * scheduler_.random());
  ends_ = begun_ + std::chrono::seconds(seconds);
  const std::string path =
      path_ + "?watch=true&allowWatchBookmarks=true&timeoutSeconds=" + std::to_string(seconds) +
      "&resourceVersion=" + percent_encoded(resource_version_) + selectors(options_);
  request_ = transport_.stream(
      {"GET", path}, [this](std::string_view line) { on_line(line); },
      [this](const http::Answer& end) { on_end(end); });
}

void Reflector::on_line(std::string_view line) {
  if (timer_ || line.empty()) return;
  // Without the server's bookkeeping, which is half of many objects: not built, it costs nothing.
  json event = parse_json_without("managedFields", 3, line);
  const std::string type = string_at(event, "/type");
  if (type.empty() || object_at(event, "/object").empty()) {
    return broken_off({ErrorKind::transient, "watch of " + path_ + ": " + quoted(line, 120) +
                                                 " where a watch event was expected"});
  }
  json& object = event["object"];
  if (type == "ERROR") {
    return broken_off(
        status_error("watch of " + path_, object, static_cast<int>(int_at(object, "/code"))));
  }
  // By an event, not by the connection: one that says nothing proves nothing, and neither does one
  // that ends at once.
  if (scheduler_.now() - begun_ >= shortest_meant) retry_.reset();
  refused_.reset();  // not by a list: the right to watch is another one
  told_ = true;
  on_event(type, object);
}

void Reflector::on_event(const std::string& type, json& object) {
  const std::string version = object::resource_version(object);
  if (!version.empty()) resource_version_ = version;
  if (type == "BOOKMARK") return;
  if (type != "DELETED") return take(object);
  left_out_.erase(object::key(object));
  sink_.on_deleted(object);
}

void Reflector::take(json& object) {
  const std::string key = object::key(object);
  if (const std::string problem = shape_problem(object); !problem.empty())
    return leave_out(key, problem);
  left_out_.erase(key);
  sink_.on_object(object);
}

void Reflector::leave_out(const std::string& key, const std::string& why) {
  sink_.on_unreadable(key);
  constexpr std::size_t most_remembered = 1000;  // names are told once; a flood of them is cut
  if (left_out_.size() >= most_remembered || !left_out_.insert(key).second) return;
  if (told_before_.contains(key)) return;
  log::warn("an object cannot be read; leaving it out",
            {{"object", key}, {"of", path_}, {"because", why}});
}

// A line says that the watch is over, or is none: what may still come is not waited for.
void Reflector::broken_off(http::Error error) {
  timer_ = scheduler_.after(Duration::zero(), [this, error = std::move(error)] {
    const HandlePtr ended = std::move(timer_);
    request_.reset();
    if (!is_gone(error)) return fail(error);
    timer_ = scheduler_.after(pause(), [this] {
      const HandlePtr waited = std::move(timer_);
      start_over();
    });
  });
}

void Reflector::on_end(const http::Answer& end) {
  if (timer_) return;  // a line has said why already
  const HandlePtr ended = std::move(request_);
  const auto why = reason(end, {"GET", path_});
  if (why && !is_gone(*why)) return fail(*why);
  if (!why) refused_.reset();
  const bool is_early = scheduler_.now() + early < ends_;
  timer_ = scheduler_.after(pause(), [this, is_gone = why.has_value(), is_early] {
    const HandlePtr waited = std::move(timer_);
    if (is_gone) return start_over();
    if (is_early) return look_at_version();
    follow();  // its time was over, as it is meant to be
  });
}

// A server that goes away in good order ends its watches early, and so does one whose etcd was
// replaced. Where its resourceVersion is now below ours, it is another history.
void Reflector::look_at_version() {
  request_ = Client(transport_).get_path(pager_.path(1), [this](const Answer& page) {
    if (!page && !page.error().too_large) return fail(page.error());
    if (!page || is_lower_version(string_at(*page, "/metadata/resourceVersion"), resource_version_))
      return start_over();
    follow();
  });
}

// A server that ends each watch at once, without a word, is not to be asked twenty times a second.
Duration Reflector::pause() {
  const bool is_short = scheduler_.now() - begun_ < shortest_meant;
  short_ones_ = is_short ? short_ones_ + 1 : 0;
  if (short_ones_ <= (told_ ? most_short_ones : 1)) return pause_between_watches;
  return retry_.after(http::Error{ErrorKind::transient, ""}, scheduler_.random());
}

void Reflector::fail(const http::Error& error) {
  is_away_ = is_of_a_server_that_is_away(error);
  Duration delay = retry_.after(error, scheduler_.random());
  if (is_away_)
    delay = std::clamp(delay, shortest_while_away,
                       Duration{error.retry_after.value_or(0s)} + longest_while_away);
  if (options_.optional && is_forbidden(error)) delay = refused_.after(error, 0);
  timer_ = scheduler_.after(delay, [this] {
    const HandlePtr waited = std::move(timer_);
    start_over();
  });
  sink_.on_error(error);
}

}  // namespace kip::kube
