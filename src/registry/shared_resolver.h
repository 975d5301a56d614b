// One question for all that ask the same: resources of an operator that have the same image, with
// the same credentials, and a registry that is down. Belongs to the loop.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loop/scheduler.h"
#include "registry/resolver.h"

namespace kip::registry {

class SharedResolver : public Resolver {
 public:
  using Answer = Result<Resolved, Failure>;

  // A digest is given to all that ask within `shared_for` of it; a failure for half a minute, and
  // that a registry cannot be reached, for two images, to all that ask for any of its images.
  // `scheduler` and `registries` outlive this, and this its handles.
  SharedResolver(Scheduler& scheduler, Resolver& registries, Duration shared_for)
      : scheduler_(scheduler), registries_(registries), shared_for_(shared_for) {}

  // One question at a time for each registry. The same as of the Resolver it asks.
  [[nodiscard]] HandlePtr resolve(const types::ImageReference& image,
                                  std::vector<Credentials> credentials, OnResolved done) override;

 private:
  using Key = std::pair<std::string, std::vector<Credentials>>;  // the reference's text
  struct Question {
    types::ImageReference image;
    std::vector<Credentials> credentials;
    std::map<int, OnResolved> waiting;  // by number, in their order
  };
  struct Registry {
    std::deque<std::shared_ptr<Question>> questions;  // the first is asked, if `call` is there
    HandlePtr call, next;
    std::string silent;          // the image for which nobody answered last; empty: somebody did
    std::optional<Answer> down;  // until down_until
    SteadyTime down_until{};
  };
  struct Kept {
    Answer answer;
    SteadyTime until;
  };
  class Waiting;

  void wait_for_turn(const std::string& domain);
  void ask_first(const std::string& domain);
  void on_answer(const std::string& domain, const Answer& answer);
  std::optional<Answer> known(const Question& question);
  void forget_old();
  void forget_later();

  Scheduler& scheduler_;
  Resolver& registries_;
  const Duration shared_for_;
  std::map<std::string, Registry> domains_;
  std::map<Key, Kept> kept_;
  int next_number_ = 0;
  HandlePtr forget_;
};

}  // namespace kip::registry
