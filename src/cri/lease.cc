#include "cri/lease.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "cri/methods.h"
#include "rpc/channel.h"

namespace kip::cri {

namespace {

constexpr const char* expiry_label = "containerd.io/gc.expire";
// How long half a download is kept after its pull could have ended: the next attempt is due within
// minutes, also of a pod that starts anew.
constexpr Duration kept = std::chrono::hours{1};
// Of one call, each a few bytes of containerd's database. A containerd that has no time for them
// should rather pull.
constexpr Duration answered_within = std::chrono::seconds{5};
// What comes after a pull; nothing is lost where it is late.
constexpr Duration given_back_within = std::chrono::seconds{2};

}  // namespace

// Create; if it is there already, look how long it lasts; if that is too short, delete it and begin
// again. A lease cannot be made longer.
class Leases::Taking : public Handle {
 public:
  Taking(Leases& of, std::string name, Duration patience, std::function<void(std::string)> done)
      : of_(of), name_(std::move(name)), patience_(patience), done_(std::move(done)) {
    if (of_.are_known_)
      create();
    else
      call_ = of_.scheduler_.after(Duration::zero(), [this] { finish(""); });
  }

 private:
  Duration limit() const { return std::min(answered_within, patience_); }
  WallTime needed_until() const { return of_.scheduler_.wall_now() + patience_; }

  void create() {
    leases::CreateRequest request;
    request.set_id(name_);
    (*request.mutable_labels())[expiry_label] = to_rfc3339(needed_until() + kept);
    call_ = of_.channel_.call(method::create_lease, request, {limit()}, [this](const auto& answer) {
      if (answer) return finish(name_);
      if (answer.error().code == Code::already_exists && !is_made_anew_) return look();
      fail(answer.error());
    });
  }

  void look() {
    leases::ListRequest request;
    request.add_filters("id==" + name_);
    call_ = of_.channel_.call(method::list_leases, request, {limit()}, [this](const auto& answer) {
      if (!answer) return fail(answer.error());
      for (const auto& lease : answer->leases()) {
        const auto label = lease.labels().find(expiry_label);
        if (lease.id() != name_ || label == lease.labels().end()) continue;
        const auto until = from_rfc3339(label->second);
        if (until && *until > needed_until()) return finish(name_);
      }
      make_anew();
    });
  }

  void make_anew() {
    is_made_anew_ = true;
    call_ = of_.give_back(name_, [this] { create(); });
  }

  void fail(const Refusal& refusal) {
    if (refusal.code == Code::unimplemented) of_.are_known_ = false;
    log::debug("no lease for a pull: it begins anew if it is interrupted",
               {{"lease", name_}, {"error", refusal.message}});
    finish("");
  }

  void finish(std::string name) {
    const auto done = std::move(done_);
    done(std::move(name));  // may destroy this
  }

  Leases& of_;
  const std::string name_;
  const Duration patience_;
  std::function<void(std::string)> done_;
  bool is_made_anew_ = false;
  HandlePtr call_;
};

// Asks what the lease holds first.
class Leases::GivingBack : public Handle {
 public:
  GivingBack(Leases& of, const std::string& name, std::function<void()> done)
      : done_(std::move(done)) {
    leases::ListResourcesRequest request;
    request.set_id(name);
    call_ = of.channel_.call(method::lease_resources, request, {given_back_within},
                             [this, &of, name](const auto& answer) {
                               if (!answer || answer->resources_size() > 0) return finish();
                               call_ = of.give_back(name, [this] { finish(); });
                             });
  }

 private:
  void finish() {
    const auto done = std::move(done_);
    done();  // may destroy this
  }

  std::function<void()> done_;
  HandlePtr call_;
};

std::string Leases::name_for(const types::ImageReference& image) const {
  return "image-puller-agent-" + checksum(instance_ + " " + image.full());
}

HandlePtr Leases::take(const types::ImageReference& image, Duration patience,
                       std::function<void(std::string)> done) {
  return std::make_unique<Taking>(*this, name_for(image), patience, std::move(done));
}

HandlePtr Leases::give_back(const std::string& name, std::function<void()> done) {
  leases::DeleteRequest request;
  request.set_id(name);
  return channel_.call(method::delete_lease, request, {given_back_within},
                       [done = std::move(done)](const auto&) { done(); });
}

HandlePtr Leases::give_back_if_empty(const std::string& name, std::function<void()> done) {
  return std::make_unique<GivingBack>(*this, name, std::move(done));
}

}  // namespace kip::cri
