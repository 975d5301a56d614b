#include "cli/warm_list_writer.h"

#include <utility>

#include "base/text.h"
#include "types/object.h"

namespace kip::cli {

namespace {

constexpr int most_tries = 5;  // somebody else writes the same list at the same moment

}  // namespace

WarmListWriter::WarmListWriter(kube::Client client, Scheduler& scheduler,
                               std::string namespace_name, std::string daemonset_name)
    : client_(client),
      scheduler_(scheduler),
      namespace_name_(std::move(namespace_name)),
      daemonset_name_(std::move(daemonset_name)) {}

void WarmListWriter::write(const core::WarmList& list,
                           const std::optional<core::OwnerReference>& owner, Done done) {
  object_ = core::warm_list_configmap(list, namespace_name_, daemonset_name_, owner);
  done_ = std::move(done);
  tries_ = 0;
  try_to_write();
}

void WarmListWriter::try_to_write() {
  ++tries_;
  request_ = client_.get({kube::configmaps, namespace_name_, object::name(object_)},
                         [this](const kube::Answer& answer) { on_found(answer); });
}

void WarmListWriter::on_found(const kube::Answer& answer) {
  if (!answer && !kube::is_not_found(answer.error())) return done_(answer.error());
  const auto written = [this](const kube::Answer& stored) { on_written(stored); };
  if (!answer) {
    request_ = client_.create({kube::configmaps, namespace_name_}, object_, written);
    return;
  }
  json body = object_;
  body["metadata"]["resourceVersion"] = object::resource_version(*answer);
  request_ =
      client_.replace({kube::configmaps, namespace_name_, object::name(object_)}, body, written);
}

void WarmListWriter::on_written(const kube::Answer& answer) {
  if (answer) {
    written_ = object::resource_version(*answer);
    return done_(std::nullopt);
  }
  if (!kube::is_conflict(answer.error()) && !kube::is_not_found(answer.error()))
    return done_(answer.error());
  if (tries_ == most_tries) return done_(answer.error());
  next_ = scheduler_.after(Duration::zero(), [this] { try_to_write(); });
}

void WarmListWriter::take_back(std::function<void()> done) {
  const kube::ObjectReference list{kube::configmaps, namespace_name_, object::name(object_)};
  request_ = client_.get(list, [this, list, done](const kube::Answer& answer) {
    if (!answer || object::resource_version(*answer) != written_) return done();
    next_ = scheduler_.after(Duration::zero(), [this, list, found = *answer, done] {
      request_ = client_.remove_as_it_is(list, found, [done](const kube::Answer&) { done(); });
    });
  });
}

void WarmListWriter::clean_up(std::function<void()> done) {
  cleaned_ = std::move(done);
  const std::string path = kube::Collection{kube::configmaps, namespace_name_}.path() +
                           "?labelSelector=" +
                           percent_encoded(std::string(core::warm_list_label) + "=" +
                                           core::of_daemonset(daemonset_name_));
  request_ = client_.list_metadata(path, [this](const kube::Answer& page) {
    expired_ = json::array();
    if (page)
      for (const auto& each : array_at(*page, "/items"))
        if (const auto until = core::until(each); until && *until <= scheduler_.wall_now())
          expired_.push_back(each);
    remove_next();
  });
}

void WarmListWriter::remove_next() {
  next_ = scheduler_.after(Duration::zero(), [this] {
    if (expired_.empty()) return cleaned_();
    const json last = expired_.back();
    expired_.erase(expired_.size() - 1);
    request_ = client_.remove_as_it_is({kube::configmaps, namespace_name_, object::name(last)},
                                       last, [this](const kube::Answer&) { remove_next(); });
  });
}

}  // namespace kip::cli
