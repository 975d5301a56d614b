#include "kube/watch.h"

#include <utility>

#include "base/text.h"
#include "kube/api.h"

namespace kip::kube {

using namespace std::chrono_literals;

namespace {

// The server ends a watch after this; drawn between one and two times it, so that many watches do
// not end together. The transport's liveness deadline (330 s) lies above.
constexpr int shortest_watch_seconds = 150;

// One watch ended, and the next begins.
constexpr Duration pause_between_watches = 50ms;

// No server ends a watch this soon that could be followed.
constexpr Duration shortest_meant = 5s;

bool is_gone(const Error& error) { return error.http_status == 410; }

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

void append_selectors(std::string& path, const Watch::Options& options) {
  if (!options.field_selector.empty())
    path += "&fieldSelector=" + percent_encoded(options.field_selector);
  if (!options.label_selector.empty())
    path += "&labelSelector=" + percent_encoded(options.label_selector);
}

}  // namespace

Watch::Watch(Transport& transport, Scheduler& scheduler, Options options, Sink sink)
    : transport_(transport),
      scheduler_(scheduler),
      options_(std::move(options)),
      sink_(std::move(sink)) {}

void Watch::start() { start_over(); }

void Watch::start_over() {
  listed_.clear();
  list("");
}

void Watch::list(const std::string& continue_token) {
  std::string path = options_.path + "?limit=" + std::to_string(options_.page);
  append_selectors(path, options_);
  if (!continue_token.empty()) path += "&continue=" + percent_encoded(continue_token);
  request_ =
      call(transport_, {"GET", path}, [this](Result<json> page) { on_page(std::move(page)); });
}

void Watch::on_page(Result<json> page) {
  if (!page) return fail(page.error(), [this] { start_over(); });
  if (!at(*page, "/items").is_array()) {
    return fail({ErrorKind::transient, "GET " + options_.path + ": the answer has no items: " +
                                           quoted(to_text(*page), 120)},
                [this] { start_over(); });
  }
  for (const auto& object : array_at(*page, "/items")) {
    const std::string name = key_of(object);
    listed_.insert(name);
    present_[name] = string_at(object, "/metadata/uid");
    sink_.on_object(object);
  }
  resource_version_ = string_at(*page, "/metadata/resourceVersion");
  const std::string more = string_at(*page, "/metadata/continue");
  if (!more.empty()) return list(more);
  finish_list();
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
  synced_ = healthy_ = true;
  refused_.reset();
  sink_.on_synced();
  follow();
}

void Watch::follow() {
  broken_.reset();
  told_ = false;
  begun_ = scheduler_.now();
  const int seconds =
      shortest_watch_seconds + static_cast<int>(shortest_watch_seconds * scheduler_.random());
  std::string path = options_.path + "?watch=true&allowWatchBookmarks=true&timeoutSeconds=" +
                     std::to_string(seconds) +
                     "&resourceVersion=" + percent_encoded(resource_version_);
  append_selectors(path, options_);
  request_ = transport_.stream(
      {"GET", path}, [this](std::string_view line) { on_line(line); },
      [this](Result<Response> end) { on_end(std::move(end)); });
}

void Watch::on_line(std::string_view line) {
  if (broken_ || line.empty()) return;
  const json event = json::parse(line, nullptr, false);
  const json& object = object_at(event, "/object");
  const std::string type = string_at(event, "/type");
  if (type.empty() || object.empty()) {
    broken_ = Error{ErrorKind::transient, "watch of " + options_.path + ": " + quoted(line, 120) +
                                              " where a watch event was expected"};
    return;
  }
  if (type == "ERROR") {
    broken_ = status_error("watch of " + options_.path, object,
                           static_cast<int>(int_at(object, "/code")));
    return;
  }
  backoff_
      .reset();  // by the first event, not by the connection: one that says nothing proves nothing
  healthy_ = true;
  on_event(type, object);
}

void Watch::on_event(const std::string& type, const json& object) {
  const std::string version = string_at(object, "/metadata/resourceVersion");
  if (!version.empty()) resource_version_ = version;
  if (type == "BOOKMARK") return;
  const std::string name = key_of(object);
  const std::string uid = string_at(object, "/metadata/uid");
  if (type == "DELETED") {
    present_.erase(name);
    sink_.on_gone(name, uid);
  } else {
    present_[name] = uid;
    sink_.on_object(object);
  }
}

std::string Watch::key_of(const json& object) const {
  const std::string name = string_at(object, "/metadata/name");
  return options_.across_namespaces ? string_at(object, "/metadata/namespace") + "/" + name : name;
}

void Watch::on_end(Result<Response> end) {
  request_.reset();
  if (!broken_) broken_ = reason(end, {"GET", options_.path});
  if (broken_ && !is_gone(*broken_)) return fail(*broken_, [this] { follow(); });
  timer_ = scheduler_.after(pause(), [this, is_gone = broken_.has_value()] {
    if (is_gone) return start_over();
    follow();  // its time was over, as it is meant to be
  });
}

// A server that ends each watch at once, without a word, is not to be asked twenty times a second.
Duration Watch::pause() {
  const bool is_fruitless = !told_ && scheduler_.now() - begun_ < shortest_meant;
  if (!std::exchange(was_fruitless_, is_fruitless) || !is_fruitless) return pause_between_watches;
  return backoff_.next(Error{ErrorKind::transient, ""}, scheduler_.random());
}

void Watch::fail(const Error& error, std::function<void()> then) {
  healthy_ = false;
  Duration delay = backoff_.next(error, scheduler_.random());
  if (options_.optional && error.http_status == 403) delay = refused_.next();
  timer_ = scheduler_.after(delay, std::move(then));
  sink_.on_error(error);
}

}  // namespace kip::kube
