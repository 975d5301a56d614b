#include "kube/limited_transport.h"

#include <algorithm>
#include <list>
#include <map>
#include <set>
#include <utility>

namespace kip::kube {

namespace {

// Of a namespace's object; empty where the request is of none.
std::string namespace_of(const std::string& path) {
  constexpr std::string_view key = "/namespaces/";
  const auto at = path.find(key);
  if (at == std::string::npos) return {};
  const auto begin = at + key.size();
  return path.substr(begin, path.find_first_of("/?", begin) - begin);
}

}  // namespace

// One request: waits, is under way, is over. Kept by its handle, and by the queue until it is over.
struct LimitedTransport::Place {
  http::Request request;
  std::function<void(http::Answer)> done;  // null: given up
  HandlePtr under_way;                     // null while it waits
  std::string writes_to;                   // the namespace of a write; empty: a read
};

class LimitedTransport::Queue : public std::enable_shared_from_this<Queue> {
 public:
  Queue(http::Transport& inner, Scheduler& scheduler, int limit)
      : inner_(inner),
        scheduler_(scheduler),
        free_(limit),
        share_(std::max(1, limit / 4)),
        most_writing_(std::max(1, limit - share_)) {}

  void add(std::shared_ptr<Place> place) {
    waiting_.push_back(std::move(place));
    start_waiting();
  }

  void give_up(const std::shared_ptr<Place>& place) {
    place->done = nullptr;
    if (running_.erase(place) == 0) return;  // what waits is passed over when its turn comes
    place->under_way.reset();
    leave(*place);
    // Later: whoever gives this one up may be giving up many, which then need not begin.
    if (!turn_) turn_ = scheduler_.after(Duration::zero(), [this] { start_waiting(); });
  }

  void close() {
    turn_.reset();
    waiting_.clear();
    for (const auto& each : std::exchange(running_, {})) each->under_way.reset();
  }

 private:
  void start_waiting() {
    const HandlePtr turn = std::move(turn_);  // may be the timer that calls us
    for (auto it = waiting_.begin(); free_ > 0 && it != waiting_.end();) {
      const auto place = *it;
      if (place->done && !may_enter(*place)) {
        ++it;
        continue;
      }
      it = waiting_.erase(it);
      if (!place->done) continue;
      --free_;
      if (!place->writes_to.empty()) {
        ++writing_;
        ++writes_[place->writes_to];
      }
      running_.insert(place);
      place->under_way =
          inner_.send(std::move(place->request),
                      [self = weak_from_this(), weak = std::weak_ptr(place)](http::Answer answer) {
                        const auto queue = self.lock();
                        const auto ended = weak.lock();
                        if (queue && ended) queue->ended(ended, std::move(answer));
                      });
    }
  }

  void ended(const std::shared_ptr<Place>& place, http::Answer answer) {
    const HandlePtr over = std::move(place->under_way);  // holds what is calling us
    running_.erase(place);
    leave(*place);
    start_waiting();
    if (const auto done = std::exchange(place->done, nullptr)) done(std::move(answer));
  }

  bool may_enter(const Place& place) const {
    if (place.writes_to.empty()) return true;
    if (writing_ >= most_writing_) return false;
    const auto found = writes_.find(place.writes_to);
    return found == writes_.end() || found->second < share_;
  }

  void leave(const Place& place) {
    ++free_;
    if (place.writes_to.empty()) return;
    --writing_;
    const auto found = writes_.find(place.writes_to);
    if (found != writes_.end() && --found->second == 0) writes_.erase(found);
  }

  http::Transport& inner_;
  Scheduler& scheduler_;
  int free_;
  const int share_;         // of them that the writes of one namespace may take
  const int most_writing_;  // and all writes: reads take milliseconds, a write up to 35 s
  int writing_ = 0;
  std::map<std::string, int> writes_;  // under way, by namespace
  std::list<std::shared_ptr<Place>> waiting_;
  std::set<std::shared_ptr<Place>> running_;
  HandlePtr turn_;
};

namespace {

class PlaceHandle : public Handle {
 public:
  explicit PlaceHandle(std::function<void()> give_up) : give_up_(std::move(give_up)) {}
  ~PlaceHandle() override { give_up_(); }

 private:
  std::function<void()> give_up_;
};

}  // namespace

LimitedTransport::LimitedTransport(http::Transport& inner, Scheduler& scheduler, int limit)
    : inner_(inner), queue_(std::make_shared<Queue>(inner, scheduler, limit)) {}

LimitedTransport::~LimitedTransport() { queue_->close(); }

HandlePtr LimitedTransport::send(http::Request request, std::function<void(http::Answer)> done) {
  std::string writes_to = request.method == "GET" ? std::string() : namespace_of(request.path);
  const auto place = std::make_shared<Place>(
      Place{std::move(request), std::move(done), nullptr, std::move(writes_to)});
  queue_->add(place);
  return std::make_unique<PlaceHandle>([queue = queue_, place] { queue->give_up(place); });
}

HandlePtr LimitedTransport::stream(http::Request request,
                                   std::function<void(std::string_view)> on_line,
                                   std::function<void(http::Answer)> on_end) {
  return inner_.stream(std::move(request), std::move(on_line), std::move(on_end));
}

}  // namespace kip::kube
