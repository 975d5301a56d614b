#include "kube/watch.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "kube/api.h"

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

// While a server is away, or the balancer before it says so, one request a second from here costs
// it nothing, and what it missed is made good within a second of its return.
constexpr Duration longest_while_away = 1s;

// Objects in a page. Nobody knows how large they are before the first page: a custom resource may
// have 1 MiB. Then as many as give about this many bytes, which a small service can hold.
constexpr int first_page = 20, largest_page = 500;
constexpr std::size_t wanted_page_bytes = 1 << 20;

bool is_gone(const Error& error) { return error.http_status == 410; }

bool is_of_a_server_that_is_away(const Error& error) {
  return error.kind == ErrorKind::unreachable ||
         (error.kind == ErrorKind::transient && !error.too_large &&
          (error.http_status == 0 || error.http_status >= 500));
}

// Why a watch ended, nothing where its time was over.
std::optional<Error> reason(const Result<Response>& end, const Request& request) {
  if (!end) return end.error();
  if (end->status == 200) return std::nullopt;
  const Result<json> judged = judge(request, *end);
  if (!judged) return judged.error();
  return Error{ErrorKind::transient,
               "watch of " + request.path + ": answered " + std::to_string(end->status) +
                   " where 200 was expected",
               end->status};
}

bool is_object_of_strings(const json& value) {
  return value.is_null() ||
         (value.is_object() && std::all_of(value.begin(), value.end(),
                                           [](const json& member) { return member.is_string(); }));
}

// As numbers: etcd's revisions. What is no number is not told apart.
bool is_lower(const std::string& version, const std::string& than) {
  const auto is_number = [](const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  };
  if (!is_number(version) || !is_number(than)) return false;
  return version.size() != than.size() ? version.size() < than.size() : version < than;
}

}  // namespace

std::string shape_problem(const json& object) {
  if (!object.is_object()) return "it is no object";
  const json& metadata = at(object, "/metadata");
  if (!metadata.is_object()) return "its metadata is no object";
  if (string_at(metadata, "/name").empty()) return "its metadata has no name";
  for (const char* member : {"labels", "annotations"})
    if (!is_object_of_strings(at(metadata, std::string("/") + member)))
      return std::string("metadata.") + member + " is no object of strings";
  const json& owners = at(metadata, "/ownerReferences");
  if (!owners.is_null() && !owners.is_array()) return "metadata.ownerReferences is no list";
  return {};
}

Watch::Watch(Transport& transport, Scheduler& scheduler, Options options, Sink sink)
    : transport_(transport),
      scheduler_(scheduler),
      options_(std::move(options)),
      sink_(std::move(sink)),
      page_(first_page) {}

void Watch::start() { start_over(); }

void Watch::start_over() {
  listed_.clear();
  continue_.clear();
  list();
}

std::string Watch::list_path(int limit) const {
  std::string path = options_.path + "?limit=" + std::to_string(limit);
  if (!options_.field_selector.empty())
    path += "&fieldSelector=" + percent_encoded(options_.field_selector);
  if (!options_.label_selector.empty())
    path += "&labelSelector=" + percent_encoded(options_.label_selector);
  if (!continue_.empty()) path += "&continue=" + percent_encoded(continue_);
  return path;
}

void Watch::list() {
  request_ = transport_.send({"GET", list_path(page_)},
                             [this](const Result<Response>& answer) { on_page(answer); });
}

void Watch::on_page(const Result<Response>& answer) {
  if (!answer) return page_failed(answer.error());
  const Result<json> page = judge({"GET", options_.path}, *answer);
  if (!page) return page_failed(page.error());
  if (!at(*page, "/items").is_array()) {
    return fail({ErrorKind::transient, "GET " + options_.path + ": the answer has no items: " +
                                           quoted(to_text(*page), 120)});
  }
  take_page(*page, answer->body.size());
}

void Watch::page_failed(const Error& error) {
  if (!error.too_large) return fail(error);
  if (page_ == 1) return leave_one_out();
  page_ = std::max(1, page_ / 2);
  list();
}

void Watch::take_page(const json& page, std::size_t bytes) {
  for (const auto& object : array_at(page, "/items")) {
    if (take(object)) listed_.insert(key_of(object));
  }
  const std::size_t each = bytes / std::max<std::size_t>(1, array_at(page, "/items").size()) + 1;
  page_ = static_cast<int>(std::clamp<std::size_t>(
      wanted_page_bytes / each, 1, static_cast<std::size_t>(std::min(largest_page, page_ * 4))));
  next_page(page);
}

// A page of one object that is too large: the API gives its name without the rest, and where the
// next one begins.
void Watch::leave_one_out() {
  Request request{"GET", list_path(1)};
  request.accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  request_ =
      call(transport_, std::move(request), [this](const Result<json>& page) { on_names(page); });
}

void Watch::on_names(const Result<json>& page) {
  if (!page) return fail(page.error());
  for (const auto& object : array_at(*page, "/items")) {
    const std::string name = key_of(object);
    if (present_.contains(name)) listed_.insert(name);  // what was known of it stays known
    leave_out(name, "it takes more than " + std::to_string(max_body) + " bytes");
  }
  page_ = first_page;
  next_page(*page);
}

void Watch::next_page(const json& page) {
  resource_version_ = string_at(page, "/metadata/resourceVersion");
  continue_ = string_at(page, "/metadata/continue");
  if (continue_.empty()) return finish_list();
  list();
}

void Watch::finish_list() {
  for (auto it = present_.begin(); it != present_.end();) {
    if (listed_.contains(it->first)) {
      ++it;
      continue;
    }
    const auto [name, uid] = *it;
    it = present_.erase(it);
    sink_.on_gone(name, uid);
  }
  listed_.clear();
  synced_ = true;
  away_ = false;
  sink_.on_synced();
  follow();
}

void Watch::follow() {
  told_ = false;
  begun_ = scheduler_.now();
  const int seconds =
      shortest_watch_seconds + static_cast<int>(shortest_watch_seconds * scheduler_.random());
  ends_ = begun_ + std::chrono::seconds(seconds);
  std::string path = options_.path + "?watch=true&allowWatchBookmarks=true&timeoutSeconds=" +
                     std::to_string(seconds) +
                     "&resourceVersion=" + percent_encoded(resource_version_);
  if (!options_.field_selector.empty())
    path += "&fieldSelector=" + percent_encoded(options_.field_selector);
  if (!options_.label_selector.empty())
    path += "&labelSelector=" + percent_encoded(options_.label_selector);
  request_ = transport_.stream(
      {"GET", path}, [this](std::string_view line) { on_line(line); },
      [this](const Result<Response>& end) { on_end(end); });
}

void Watch::on_line(std::string_view line) {
  if (timer_ || line.empty()) return;
  const json event = json::parse(line, nullptr, false);
  const json& object = object_at(event, "/object");
  const std::string type = string_at(event, "/type");
  if (type.empty() || object.empty()) {
    return broken_off({ErrorKind::transient, "watch of " + options_.path + ": " +
                                                 quoted(line, 120) +
                                                 " where a watch event was expected"});
  }
  if (type == "ERROR") {
    return broken_off(status_error("watch of " + options_.path, object,
                                   static_cast<int>(int_at(object, "/code"))));
  }
  // By the first event, not by the connection: one that says nothing proves nothing.
  backoff_.reset();
  refused_.reset();  // not by a list: the right to watch is another one
  told_ = true;
  on_event(type, object);
}

void Watch::on_event(const std::string& type, const json& object) {
  const std::string version = string_at(object, "/metadata/resourceVersion");
  if (!version.empty()) resource_version_ = version;
  if (type == "BOOKMARK") return;
  if (type != "DELETED") {
    take(object);
    return;
  }
  const std::string name = key_of(object);
  left_out_.erase(name);
  if (present_.erase(name) > 0) sink_.on_gone(name, string_at(object, "/metadata/uid"));
}

// False where it cannot be read; then what was known of it stays.
bool Watch::take(const json& object) {
  const std::string name = key_of(object);
  if (const std::string problem = shape_problem(object); !problem.empty()) {
    leave_out(name, problem);
    return present_.contains(name);
  }
  left_out_.erase(name);
  present_[name] = string_at(object, "/metadata/uid");
  sink_.on_object(object);
  return true;
}

void Watch::leave_out(const std::string& name, const std::string& why) {
  constexpr std::size_t most_remembered = 1000;  // names are told once; a flood of them is cut
  if (left_out_.size() >= most_remembered || !left_out_.insert(name).second) return;
  log::warn("an object cannot be read; leaving it out",
            {{"object", name}, {"of", options_.path}, {"because", why}});
}

std::string Watch::key_of(const json& object) const {
  const std::string name = string_at(object, "/metadata/name");
  return options_.across_namespaces ? string_at(object, "/metadata/namespace") + "/" + name : name;
}

// A line says that the watch is over, or is none: what may still come is not waited for.
void Watch::broken_off(Error error) {
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

void Watch::on_end(const Result<Response>& end) {
  if (timer_) return;  // a line has said why already
  const HandlePtr ended = std::move(request_);
  const auto why = reason(end, {"GET", options_.path});
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
void Watch::look_at_version() {
  continue_.clear();
  request_ = call(transport_, {"GET", list_path(1)}, [this](const Result<json>& page) {
    if (!page && !page.error().too_large) return fail(page.error());
    if (!page || is_lower(string_at(*page, "/metadata/resourceVersion"), resource_version_))
      return start_over();
    away_ = false;
    follow();
  });
}

// A server that ends each watch at once, without a word, is not to be asked twenty times a second.
Duration Watch::pause() {
  const bool is_fruitless = !told_ && scheduler_.now() - begun_ < shortest_meant;
  if (!std::exchange(was_fruitless_, is_fruitless) || !is_fruitless) return pause_between_watches;
  return backoff_.next(Error{ErrorKind::transient, ""}, scheduler_.random());
}

void Watch::fail(const Error& error) {
  away_ = is_of_a_server_that_is_away(error);
  Duration delay = backoff_.next(error, scheduler_.random());
  if (away_ && !error.retry_after) delay = std::min(delay, longest_while_away);
  if (options_.optional && error.http_status == 403) delay = refused_.next();
  timer_ = scheduler_.after(delay, [this] {
    const HandlePtr waited = std::move(timer_);
    start_over();
  });
  sink_.on_error(error);
}

}  // namespace kip::kube
