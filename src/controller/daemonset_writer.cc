#include "controller/daemonset_writer.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/difference.h"
#include "core/held_images.h"
#include "core/pod_security.h"
#include "kube/access_review.h"
#include "kube/errors.h"
#include "types/object.h"

namespace kip::controller {

using namespace std::chrono_literals;
using Kind = core::Action::Kind;

namespace {

// Somebody may undo what we do, at once and for ever: another controller, a second puller. Repairs
// are quick, but not endless: bursts that no human makes, then this pace.
constexpr int create_burst = 200;
constexpr int change_burst = 20;
constexpr Duration pace = 5s;

// What the API server refuses as it is (a typo in AFFINITY, an admission policy, a quota) is not
// offered again every second; a change of the settings starts at once.
constexpr Duration after_refusal = 15s, longest_after_refusal = 5min;

// A write that fails for longer is told as one that is refused.
constexpr Duration patience = 1min;

}  // namespace

DaemonSetWriter::DaemonSetWriter(kube::Client client, Scheduler& scheduler, DaemonSetStore& store,
                                 std::string namespace_name, std::string name, Sink sink)
    : client_(client),
      scheduler_(scheduler),
      store_(store),
      daemonset_{kube::daemonsets, std::move(namespace_name), std::move(name)},
      sink_(std::move(sink)),
      outage_("cannot write the DaemonSet; trying again", "writing the DaemonSet again",
              {{"daemonset", daemonset_.name}, {"namespace", daemonset_.namespace_name}}),
      permission_(client, scheduler, daemonset_),
      creates_(create_burst, pace),
      changes_(change_burst, pace) {}

kube::TokenBucket& DaemonSetWriter::bucket_for(const core::Action& action) {
  return action.kind == Kind::create ? creates_ : changes_;
}

bool DaemonSetWriter::execute(core::Action action) {
  if (is_busy() || action.kind == Kind::none) return false;
  const SteadyTime now = scheduler_.now();
  // What is refused says nothing of a write of another kind.
  const bool is_another = refused_ && refused_->kind != action.kind;
  if (now < not_before_ && !is_another) {
    wait(not_before_ - now);
    return false;
  }
  kube::TokenBucket& bucket = bucket_for(action);
  if (!bucket.take(now)) {
    if (!wait_)
      log::warn("the DaemonSet is changed again and again by somebody else; slowing down",
                {{"daemonset", daemonset_.name}, {"namespace", daemonset_.namespace_name}});
    wait(bucket.wait(now));
    return false;
  }
  sent_in_ = edits_;
  if (action.is_first_agent)
    look_at_namespace(std::move(action));
  else
    begin(std::move(action));
  return true;
}

void DaemonSetWriter::begin(core::Action action) {
  if (action.is_to_be_shown)
    show(std::move(action));
  else if (action.kind == Kind::remove && !action.object.is_null())
    try_out(std::move(action));
  else
    send(std::move(action));
}

void DaemonSetWriter::send(core::Action action) {
  // Held by the request: the object is needed again only to compare it with the answer.
  const auto sent = std::make_shared<const core::Action>(std::move(action));
  const auto done = [this, sent](const kube::Answer& answer) { on_answer(*sent, answer); };
  if (sent->kind == Kind::create) {
    call_ = client_.create(daemonset_.collection(), sent->object, done);
  } else if (sent->kind == Kind::replace) {
    call_ = client_.replace(daemonset_, sent->object, done);
  } else {
    call_ = client_.remove(daemonset_, sent->uid, done);
  }
}

// What is to be made after a delete is shown to the API server before: where a policy, a quota or
// an access rule is against it, nothing is deleted.
void DaemonSetWriter::try_out(core::Action action) {
  const auto tried = std::make_shared<core::Action>(std::move(action));
  call_ = client_.create_dry_run(daemonset_.collection(), tried->object,
                                 [this, tried](const kube::Answer& answer) {
                                   const HandlePtr ended = std::move(call_);
                                   // What was tried is no longer what is wanted: that is to be
                                   // tried itself.
                                   if (sent_in_ != edits_) return done();
                                   // That the name is taken is found out last, after every policy
                                   // had its say.
                                   if (answer || kube::is_already_exists(answer.error()))
                                     return send(std::move(*tried));
                                   on_failure(*tried, answer.error());
                                   done();
                                 });
}

// Where the namespace may not be read, the pods themselves have to show it.
void DaemonSetWriter::look_at_namespace(core::Action action) {
  const auto looked = std::make_shared<core::Action>(std::move(action));
  call_ = client_.get(
      {kube::namespaces, "", daemonset_.namespace_name},
      [this, looked](const kube::Answer& answer) {
        const HandlePtr ended = std::move(call_);
        if (sent_in_ != edits_) return done();
        if (!answer && !kube::is_forbidden(answer.error()) && !kube::is_not_found(answer.error())) {
          on_failure(*looked, answer.error());
          return done();
        }
        const std::string why = answer ? core::refusal_of_host_path(*answer) : "";
        if (why.empty()) return begin(std::move(*looked));
        bucket_for(*looked).give_back();
        on_refused(looked->kind, why);
        done();
      });
}

// What the API server would make of image volumes is seen in a dry run; where it would drop them,
// nothing is changed. What is to be made after a delete is shown under another name, as that of
// what is there is taken.
void DaemonSetWriter::show(core::Action action) {
  const auto shown = std::make_shared<core::Action>(std::move(action));
  const auto answered = [this, shown](const kube::Answer& answer) {
    const HandlePtr ended = std::move(call_);
    if (sent_in_ != edits_) return done();
    if (!answer) {
      on_failure(*shown, answer.error());
      return done();
    }
    const auto lost = core::lost_image_volumes(shown->object, *answer);
    if (lost.empty()) return send(std::move(*shown));
    bucket_for(*shown).give_back();
    on_refused(
        shown->kind,
        "the API server drops image volumes (" + lost.front() +
            "), which CACHE_MODE=volume needs: from Kubernetes 1.35, or with the feature gate "
            "ImageVolume");
    done();
  };
  if (shown->kind == Kind::replace) {
    call_ = client_.replace_dry_run(daemonset_, shown->object, answered);
    return;
  }
  json object = shown->object;
  if (shown->kind == Kind::remove) {
    object["metadata"].erase("name");
    object["metadata"]["generateName"] = daemonset_.name + "-";
  }
  call_ = client_.create_dry_run(daemonset_.collection(), object, answered);
}

void DaemonSetWriter::on_answer(const core::Action& action, const kube::Answer& answer) {
  const HandlePtr ended = std::move(call_);
  if (answer)
    on_success(action, *answer);
  else
    on_failure(action, answer.error());
  done();
}

void DaemonSetWriter::done() {
  if (!is_busy()) sink_.on_done();
}

void DaemonSetWriter::on_success(const core::Action& action, const json& object) {
  sink_.on_accepted();
  retry_.reset();
  not_before_ = {};
  outage_.over();
  refused_.reset();
  refusals_ = 0;
  failing_since_.reset();
  if (action.kind == Kind::remove) {
    // The answer is the object where a finalizer keeps it, else a Status.
    if (string_at(object, "/kind") == "DaemonSet")
      store_.put_answer(object);
    else
      store_.put_gone(action.uid);
    return log::debug("DaemonSet deleted", {{"daemonset", daemonset_.name},
                                            {"namespace", daemonset_.namespace_name},
                                            {"uid", action.uid}});
  }
  if (action.kind == Kind::replace) permission_.on_updated();
  learn_what_is_kept(action, object);
  log::debug(action.kind == Kind::create ? "DaemonSet created" : "DaemonSet changed",
             {{"daemonset", daemonset_.name},
              {"namespace", daemonset_.namespace_name},
              {"uid", object::uid(object)},
              {"generation", int_at(object, "/metadata/generation")}});
  store_.put_answer(object);
}

// Of the metadata only what is ours: others' annotations, and the server's own, change as they do.
void DaemonSetWriter::learn_what_is_kept(const core::Action& action, const json& object) {
  auto kept = core::spec_differences(action.object, object);
  for (auto& difference : core::metadata_differences({{"metadata", action.metadata}}, object))
    kept.push_back(std::move(difference));
  tolerated_.clear();
  for (auto& difference : kept) {
    log::info(
        "the API server stores a field in another form than was sent; leaving it so",
        {{"field", difference.path}, {"is", difference.observed}, {"sent", difference.desired}});
    tolerated_.insert(std::move(difference));
  }
}

void DaemonSetWriter::on_failure(const core::Action& action, const http::Error& error) {
  const bool is_stale =
      kube::is_conflict(error) || (kube::is_not_found(error) && action.kind != Kind::create);
  if (is_stale) {
    // Somebody was first, or an answer to our own earlier try was lost: look, and plan anew.
    log::debug("the DaemonSet has changed since it was read; reading it again",
               {{"error", error.message}});
    not_before_ = scheduler_.now() + 20ms;
    return store_.look();
  }
  bucket_for(action).give_back();  // nothing has changed
  if (sent_in_ != edits_) return;
  if (action.kind == Kind::replace && kube::is_denied_by_rbac(error, "update", "daemonsets"))
    return on_update_denied(error);
  if (kube::is_refusal(error)) return on_refused(action.kind, error.message);
  outage_.failed(error);
  const Duration delay = retry_.after(error, scheduler_.random());
  not_before_ = scheduler_.now() + delay;
  // Silence is no answer, and what answers next is a server that has just started.
  if (error.kind == ErrorKind::unreachable) failing_since_.reset();
  if (error.status == 0) return;
  // A webhook that is dead (500) is no refusal, but one that lasts comes to the same.
  if (!failing_since_) failing_since_ = scheduler_.now();
  if (scheduler_.now() - *failing_since_ >= patience)
    refused_ = {error.message, scheduler_.wall_now() + delay, action.kind};
}

// A policy, a quota, the object itself: told by the plan's finding, in the server's words.
void DaemonSetWriter::on_refused(Kind kind, const std::string& message) {
  const Duration delay =
      std::min<Duration>(longest_after_refusal, after_refusal * (1 << std::min(refusals_++, 8)));
  not_before_ = scheduler_.now() + delay;
  refused_ = {message, scheduler_.wall_now() + delay, kind};
}

void DaemonSetWriter::on_update_denied(const http::Error& error) {
  const auto soon = permission_.on_denied(error, [this, error](UpdatePermission::Verdict verdict) {
    is_asking_ = false;
    if (sent_in_ != edits_) return done();
    if (verdict == UpdatePermission::Verdict::granted)
      on_refused(Kind::replace, error.message);
    else if (verdict == UpdatePermission::Verdict::unknown)
      not_before_ = scheduler_.now() + after_refusal;
    done();
  });
  if (soon)
    not_before_ = scheduler_.now() + *soon;
  else
    is_asking_ = true;
}

void DaemonSetWriter::wait(Duration delay) {
  wait_ = scheduler_.after(delay, [this] {
    const HandlePtr ended = std::move(wait_);
    sink_.on_done();
  });
}

void DaemonSetWriter::reset() {
  ++edits_;
  retry_.reset();
  not_before_ = {};
  tolerated_.clear();
  refused_.reset();
  refusals_ = 0;
}

}  // namespace kip::controller
