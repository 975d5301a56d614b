#include "runtime/writer.h"

#include "base/log.h"
#include "core/difference.h"
#include "kube/api.h"

namespace kip::runtime {

using namespace std::chrono_literals;
using Kind = core::Action::Kind;

namespace {

// Somebody may undo what we do, at once and for ever: another controller, a second puller. Repairs
// are quick, but not endless: bursts that no human makes, then this pace.
constexpr int create_burst = 200;
constexpr int change_burst = 20;
constexpr Duration pace = 5s;

// An object that the API server refuses as it is (a typo in AFFINITY, an admission policy) is not
// offered again every second; a change of the settings starts at once.
constexpr Duration after_refusal = 30s;

// A field that the server does not know (a misspelled one in AFFINITY) is refused by name; without
// this it is dropped, and pods go where nobody wanted them. Servers before 1.25 do not know it.
constexpr const char* strictly = "?fieldValidation=Strict";

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::create:
      return "create";
    case Kind::replace:
      return "replace";
    case Kind::remove:
      return "delete";
    case Kind::none:
      break;
  }
  return "none";
}

}  // namespace

Writer::Writer(kube::Transport& transport, Scheduler& scheduler, DaemonSetStore& store,
               std::string namespace_name, std::string name, std::function<void()> on_done)
    : transport_(transport),
      scheduler_(scheduler),
      store_(store),
      namespace_name_(std::move(namespace_name)),
      name_(std::move(name)),
      on_done_(std::move(on_done)),
      creates_(create_burst, pace),
      changes_(change_burst, pace) {}

kube::Request Writer::request_for(const core::Action& action) const {
  const std::string collection = kube::daemonsets_path(namespace_name_);
  const std::string object = collection + "/" + kube::percent_encoded(name_);
  if (action.kind == Kind::create) return {"POST", collection + strictly, to_text(action.object)};
  if (action.kind == Kind::replace) return {"PUT", object + strictly, to_text(action.object)};
  // Foreground, as the Go version does it: it is gone only when its pods are.
  const json options = {{"apiVersion", "v1"},
                        {"kind", "DeleteOptions"},
                        {"propagationPolicy", "Foreground"},
                        {"preconditions", {{"uid", action.uid}}}};
  return {"DELETE", object, to_text(options)};
}

bool Writer::execute(const core::Action& action) {
  if (call_ || action.kind == Kind::none) return false;
  const SteadyTime now = scheduler_.now();
  if (now < not_before_) {
    wait(not_before_ - now);
    return false;
  }
  TokenBucket& bucket = action.kind == Kind::create ? creates_ : changes_;
  if (!bucket.take(now)) {
    if (!wait_)
      log::warn("the DaemonSet is changed again and again by somebody else; slowing down",
                {{"daemonset", name_}, {"namespace", namespace_name_}});
    wait(bucket.wait(now));
    return false;
  }
  // The object is needed again only to compare it with the answer.
  call_ = kube::call(transport_, request_for(action),
                     [this, action](Result<json> answer) { on_answer(action, answer); });
  return true;
}

void Writer::on_answer(const core::Action& action, const Result<json>& answer) {
  const HandlePtr ended = std::move(call_);
  if (answer) {
    on_success(action, *answer);
  } else {
    on_failure(action, answer.error());
  }
  on_done_();
}

void Writer::on_success(const core::Action& action, const json& object) {
  backoff_.reset();
  not_before_ = {};
  last_error_.clear();
  if (action.kind == Kind::remove) {
    // The answer is the object on its way out, or a Status where it is gone already.
    if (string_at(object, "/kind") == "DaemonSet") store_.put_answer(object);
    return log::info("DaemonSet deleted",
                     {{"daemonset", name_}, {"namespace", namespace_name_}, {"uid", action.uid}});
  }
  if (action.kind == Kind::replace) refused_.reset();
  tolerated_.clear();
  for (auto& difference : core::differences(action.object, object)) {
    log::info(
        "the API server keeps a field otherwise than sent; leaving it so",
        {{"field", difference.path}, {"is", difference.observed}, {"sent", difference.desired}});
    tolerated_.insert(std::move(difference));
  }
  log::info(action.kind == Kind::create ? "DaemonSet created" : "DaemonSet changed",
            {{"daemonset", name_},
             {"namespace", namespace_name_},
             {"uid", string_at(object, "/metadata/uid")},
             {"generation", int_at(object, "/metadata/generation")}});
  store_.put_answer(object);
}

void Writer::on_failure(const core::Action& action, const Error& error) {
  const bool is_stale = error.kind == ErrorKind::conflict ||
                        (error.http_status == 404 && action.kind != Kind::create);
  if (is_stale) {
    // Somebody was first, or an answer to our own earlier try was lost: look, and plan anew.
    log::debug("the DaemonSet is not as last seen; looking again", {{"error", error.message}});
    not_before_ = scheduler_.now() + 20ms;
    return store_.look();
  }
  if (error.http_status == 403 && action.kind == Kind::replace) return on_update_refused(error);
  Duration delay = backoff_.next(error, scheduler_.random());
  if (error.http_status == 400 || error.http_status == 422) delay = after_refusal;
  // Once per trouble: while nobody answers, the tries come twice a second.
  const bool is_news = error.message != last_error_;
  log::write(is_news ? log::Level::warn : log::Level::debug, "request failed; trying again",
             {{"action", name_of(action.kind)},
              {"daemonset", name_},
              {"namespace", namespace_name_},
              {"error", error.message}});
  last_error_ = error.message;
  not_before_ = scheduler_.now() + delay;
}

void Writer::on_update_refused(const Error& error) {
  const Duration again = refused_.next();
  if (!refused_.is_certain()) {
    not_before_ = scheduler_.now() + again;
    return;
  }
  may_update_ = false;
  retry_update_ =
      scheduler_.after(again, [this] { may_update_ = true; });  // the Role may be mended
  if (told_refused_) return;
  told_refused_ = true;
  log::warn(
      "may not update the DaemonSet, so a change deletes it and makes it anew; add the rule to "
      "the Role",
      {{"rule", "apiGroups: [apps], resources: [daemonsets], verbs: [update]"},
       {"error", error.message}});
}

void Writer::wait(Duration delay) {
  wait_ = scheduler_.after(delay, [this] {
    const HandlePtr ended = std::move(wait_);
    on_done_();
  });
}

void Writer::reset() {
  backoff_.reset();
  not_before_ = {};
  tolerated_.clear();
}

}  // namespace kip::runtime
