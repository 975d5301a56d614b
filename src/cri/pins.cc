#include "cri/pins.h"

#include <utility>

#include "cri/failure.h"
#include "cri/methods.h"
#include "cri/pin_labels.h"
#include "rpc/channel.h"

namespace kip::cri {

namespace {

// A read or a write of containerd's database.
constexpr Duration answered_within = std::chrono::seconds{30};

Labels labels_of(const images::Image& record) {
  return {record.labels().begin(), record.labels().end()};
}

// Get, Update, and once more if two of us were at it at the same time.
class LabelEdit : public Handle {
 public:
  using Change = std::function<Labels(const Labels& now)>;

  LabelEdit(Channel& channel, const std::string& name, Change change, Pins::OnOutcome done)
      : channel_(channel), change_(std::move(change)), done_(std::move(done)) {
    images::GetImageRequest request;
    request.set_name(name);
    call_ =
        channel_.call(method::get_record, request, {answered_within}, [this](const auto& answer) {
          if (!answer) return fail(answer.error());
          write(answer->image(), change_(labels_of(answer->image())));
        });
  }

 private:
  // Only the labels named change, so that what others write meanwhile stays.
  void write(const images::Image& record, const Labels& changes) {
    if (changes.empty()) return finish(Pins::Outcome::done);
    images::UpdateImageRequest request;
    auto& image = *request.mutable_image();
    image.set_name(record.name());
    // containerd 2.2.1 crashes on an update without it, though the mask does not name it.
    *image.mutable_target() = record.target();
    for (const auto& [label, value] : changes) {
      if (!value.empty()) (*image.mutable_labels())[label] = value;
      request.mutable_update_mask()->add_paths("labels." + label);
    }
    call_ = channel_.call(method::update_record, request, {answered_within},
                          [this](const auto& answer) {
                            if (!answer) return fail(answer.error());
                            if (std::exchange(is_repaired_, true))
                              return finish(Pins::Outcome::done);
                            write(answer->image(), labels_to_repair(labels_of(answer->image())));
                          });
  }

  void fail(const Refusal& refusal) {
    if (refusal.code == Code::unimplemented) return finish(Pins::Outcome::impossible);
    if (refusal.code == Code::not_found) return finish(Pins::Outcome::absent);
    finish(failure_of(refusal));
  }

  void finish(Result<Pins::Outcome, runtime::Failure> result) {
    const auto done = std::move(done_);
    done(result);  // may destroy this
  }

  Channel& channel_;
  Change change_;
  Pins::OnOutcome done_;
  bool is_repaired_ = false;
  HandlePtr call_;
};

}  // namespace

Pins::Pins(std::shared_ptr<Channel> channel, std::string instance)
    : channel_(std::move(channel)), instance_(std::move(instance)) {}

HandlePtr Pins::pin(const std::string& image_id, OnOutcome done) {
  return std::make_unique<LabelEdit>(
      *channel_, image_id,
      [instance = instance_](const Labels& now) { return labels_to_pin(now, instance); },
      std::move(done));
}

HandlePtr Pins::unpin(const std::string& image_id, OnOutcome done) {
  return std::make_unique<LabelEdit>(
      *channel_, image_id,
      [instance = instance_](const Labels& now) { return labels_to_unpin(now, instance); },
      std::move(done));
}

HandlePtr Pins::list(OnHeld done) {
  const auto label = pin_label(instance_);
  images::ListImagesRequest request;
  request.add_filters("labels.\"" + label + "\"");
  return channel_->call(
      method::list_records, request, {answered_within},
      [label, done = std::move(done)](const Result<images::ListImagesResponse, Refusal>& answer) {
        if (!answer && answer.error().code == Code::unimplemented)
          return done(Held{.is_possible = false});
        if (!answer) return done(failure_of(answer.error()));
        Held held;
        for (const auto& record : answer->images())
          if (record.labels().contains(label)) held.images.push_back(record.name());
        done(std::move(held));
      });
}

}  // namespace kip::cri
