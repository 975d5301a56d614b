#include "registry/shared_resolver.h"

#include <algorithm>
#include <utility>

namespace kip::registry {

namespace {

// Less than the shortest time in which who asks tries again.
constexpr Duration failure_shared_for = std::chrono::seconds(30);

}  // namespace

// One that waits for the answer to a question.
class SharedResolver::Waiting : public Handle {
 public:
  Waiting(std::shared_ptr<Question> question, int number)
      : question_(std::move(question)), number_(number) {}
  ~Waiting() override { question_->waiting.erase(number_); }

 private:
  const std::shared_ptr<Question> question_;
  const int number_;
};

HandlePtr SharedResolver::resolve(const types::ImageReference& image,
                                  std::vector<Credentials> credentials, OnResolved done) {
  auto& questions = domains_[image.domain].questions;
  auto found = std::find_if(questions.begin(), questions.end(), [&](const auto& question) {
    return question->image == image && question->credentials == credentials;
  });
  if (found == questions.end()) {
    questions.push_back(std::make_shared<Question>(Question{image, std::move(credentials), {}}));
    found = std::prev(questions.end());
  }
  const int number = next_number_++;
  (*found)->waiting.emplace(number, std::move(done));
  HandlePtr handle = std::make_unique<Waiting>(*found, number);
  wait_for_turn(image.domain);
  return handle;
}

void SharedResolver::wait_for_turn(const std::string& domain) {
  Registry& registry = domains_.at(domain);
  if (registry.call || registry.next) return;
  registry.next = scheduler_.after(Duration::zero(), [this, domain] {
    const HandlePtr ended = std::move(domains_.at(domain).next);
    ask_first(domain);
  });
}

void SharedResolver::ask_first(const std::string& domain) {
  Registry& registry = domains_.at(domain);
  auto& questions = registry.questions;
  while (!questions.empty() && questions.front()->waiting.empty()) questions.pop_front();
  if (questions.empty()) return forget_later();
  const Question& first = *questions.front();
  if (const auto answer = known(first)) return on_answer(domain, *answer);
  registry.call =
      registries_.resolve(first.image, first.credentials, [this, domain](const Answer& answer) {
        const HandlePtr ended = std::move(domains_.at(domain).call);
        const auto& asked = *domains_.at(domain).questions.front();
        const SteadyTime until = scheduler_.now() + (answer ? shared_for_ : failure_shared_for);
        kept_.insert_or_assign({asked.image.text, asked.credentials}, Kept{answer, until});
        forget_later();
        on_answer(domain, answer);
      });
}

std::optional<SharedResolver::Answer> SharedResolver::known(const Question& question) {
  const auto found = kept_.find({question.image.text, question.credentials});
  if (found != kept_.end() && scheduler_.now() < found->second.until) return found->second.answer;
  const Registry& registry = domains_.at(question.image.domain);
  if (registry.down && scheduler_.now() < registry.down_until) return registry.down;
  return std::nullopt;
}

// They hold credentials: none is there longer than it is needed.
void SharedResolver::forget_old() {
  const SteadyTime now = scheduler_.now();
  std::erase_if(kept_, [&](const auto& entry) { return entry.second.until <= now; });
  std::erase_if(domains_, [&](const auto& entry) {
    const Registry& registry = entry.second;
    return registry.questions.empty() && !registry.call && !registry.next &&
           !(registry.down && now < registry.down_until);
  });
  forget_later();
}

void SharedResolver::forget_later() {
  forget_.reset();
  if (kept_.empty() && domains_.empty()) return;
  SteadyTime next = scheduler_.now() + shared_for_;
  for (const auto& [key, kept] : kept_) next = std::min(next, kept.until);
  forget_ = scheduler_.after(next - scheduler_.now(), [this] {
    const HandlePtr ended = std::move(forget_);
    forget_old();
  });
}

void SharedResolver::on_answer(const std::string& domain, const Answer& answer) {
  using Kind = Failure::Kind;
  Registry& registry = domains_.at(domain);
  const auto question = std::move(registry.questions.front());
  registry.questions.pop_front();
  const bool is_silent = !answer && (answer.error().kind == Kind::unreachable ||
                                     answer.error().kind == Kind::untrusted);
  if (!is_silent) {
    registry.down.reset();
    registry.silent.clear();
  } else if (registry.silent.empty() || registry.silent == question->image.text) {
    // It may stand in for another registry, and that one be away.
    registry.silent = question->image.text;
  } else if (!(registry.down && scheduler_.now() < registry.down_until)) {
    registry.down = answer;
    registry.down_until = scheduler_.now() + failure_shared_for;
  }
  if (!registry.questions.empty()) wait_for_turn(domain);
  while (!question->waiting.empty()) {
    const auto next = question->waiting.extract(question->waiting.begin());
    next.mapped()(answer);
  }
}

}  // namespace kip::registry
