#include "agent/disk_guard.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace kip::agent {

namespace {

// Of all questions about one image. What answers more slowly is not worth the wait.
constexpr Duration answered_within = std::chrono::seconds(8);

// The registry had its say, and the pull will show the same.
bool is_answer(registry::Failure::Kind kind) {
  using Kind = registry::Failure::Kind;
  return kind == Kind::not_found || kind == Kind::unauthorized || kind == Kind::denied ||
         kind == Kind::bad_answer;
}

}  // namespace

// Digest, if the node has the name; layers; which of them it lacks.
class DiskGuard::Asking : public Handle {
 public:
  Asking(DiskGuard& of, Question question, std::function<void(const Verdict&)> done)
      : of_(of), question_(std::move(question)), done_(std::move(done)) {
    if (of_.silent_.contains(question_.image.domain)) {
      call_ = of_.parts_.scheduler.after({}, [this] { finish({}); });
      return;
    }
    deadline_ = of_.parts_.scheduler.after(answered_within, [this] {
      go_unchecked("no answer within " + to_text(answered_within), true);
    });
    if (question_.digest.empty())
      ask_layers();
    else
      ask_digest();
  }

 private:
  std::vector<registry::Credentials> credentials() const {
    if (question_.credentials.is_anonymous()) return {};
    return {question_.credentials};
  }

  void ask_digest() {
    call_ =
        of_.parts_.digests.resolve(question_.image, credentials(),
                                   [this](Result<registry::Resolved, registry::Failure> answer) {
                                     const HandlePtr ended = std::move(call_);
                                     if (!answer) return go_unchecked(answer.error());
                                     if (answer->digest.text() == question_.digest)
                                       return finish({});  // it is up to date
                                     ask_layers();
                                   });
  }

  void ask_layers() {
    call_ = of_.parts_.layers.layers(
        question_.image, credentials(), of_.parts_.platform,
        [this](Result<std::vector<registry::Layer>, registry::Failure> answer) {
          const HandlePtr ended = std::move(call_);
          if (!answer) return go_unchecked(answer.error());
          ask_runtime(std::move(*answer));
        });
  }

  void ask_runtime(std::vector<registry::Layer> layers) {
    std::vector<std::string> digests;
    digests.reserve(layers.size());
    for (const auto& layer : layers) digests.push_back(layer.digest);
    call_ = of_.parts_.runtime.lacking(
        std::move(digests),
        [this, layers = std::move(layers)](
            const Result<std::vector<std::string>, runtime::Failure>& answer) mutable {
          const HandlePtr ended = std::move(call_);
          if (answer)
            std::erase_if(layers, [&](const auto& layer) {
              return std::find(answer->begin(), answer->end(), layer.digest) == answer->end();
            });
          finish(of_.decide(question_, layers));
        });
  }

  void go_unchecked(const registry::Failure& failure) {
    go_unchecked(failure.message, !is_answer(failure.kind));
  }
  void go_unchecked(const std::string& problem, bool is_silent) {
    log::debug("pulling without a look at the disk: the sizes of layers are not known",
               {{"image", question_.image.text}, {"problem", problem}});
    if (is_silent) of_.silent_.insert(question_.image.domain);
    finish({});
  }

  void finish(const Verdict& verdict) {
    const HandlePtr ended = std::move(deadline_);
    const auto done = std::move(done_);
    done(verdict);  // may destroy this
  }

  DiskGuard& of_;
  const Question question_;
  std::function<void(const Verdict&)> done_;
  HandlePtr call_, deadline_;
};

DiskGuard::DiskGuard(const Parts& parts, int limit, Measure measure)
    : parts_(parts), limit_(limit), measure_(std::move(measure)) {}

HandlePtr DiskGuard::ask(Question question, std::function<void(const Verdict&)> done) {
  return std::make_unique<Asking>(*this, std::move(question), std::move(done));
}

void DiskGuard::release(std::size_t key, bool was_pulled) {
  const auto claim = claims_.extract(key);
  if (!claim || !was_pulled) return;
  for (const auto& layer : claim.mapped()) brought_.insert(layer.digest);
}

// A layer is on the disk once, whoever brings it.
std::vector<registry::Layer> DiskGuard::without_claimed(std::vector<registry::Layer> layers) const {
  std::erase_if(layers, [this](const auto& layer) {
    return brought_.contains(layer.digest) ||
           std::any_of(claims_.begin(), claims_.end(), [&](const auto& claim) {
             return std::find(claim.second.begin(), claim.second.end(), layer) !=
                    claim.second.end();
           });
  });
  return layers;
}

DiskGuard::Verdict DiskGuard::decide(const Question& question,
                                     const std::vector<registry::Layer>& lacking) {
  auto needed = without_claimed(lacking);
  std::vector<registry::Layer> claimed;
  for (const auto& [key, layers] : claims_)
    claimed.insert(claimed.end(), layers.begin(), layers.end());
  const auto disk = measure_();
  const auto words = disk && !needed.empty()
                         ? refusal(*disk, limit_, space_for(claimed), space_for(needed))
                         : std::nullopt;
  if (words)
    return {.refusal = {{runtime::Failure::Kind::no_space,
                         question.image.text + ": no room on the node: " + *words}}};
  Verdict verdict;
  for (const auto& layer : needed) verdict.to_download += layer.bytes;
  claims_[question.key] = std::move(needed);
  return verdict;
}

}  // namespace kip::agent
