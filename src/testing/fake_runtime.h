// A container runtime whose registry is a table: what each pull comes to, how long it takes, and
// what the node has. Answers by a Scheduler's time.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/runtime.h"

namespace kip::testing {

class FakeRuntime : public runtime::Runtime {
 public:
  explicit FakeRuntime(Scheduler& scheduler) : scheduler_(scheduler) {}

  struct Asked {
    std::string image, username;
    Duration patience;
    WallTime since;
  };
  // What the node has, by the reference's text.
  std::map<std::string, runtime::Image> there;
  // What the registry has; a pull of another image is not found.
  std::map<std::string, runtime::Image> registry;
  // The failures of the next pulls of an image; then it is pulled.
  std::map<std::string, std::deque<runtime::Failure>> failures;
  // The user that an image wants.
  std::map<std::string, std::string> wants_user;
  std::set<std::string> cannot_look;  // at these images
  Duration pull_takes = std::chrono::seconds(1);
  std::optional<runtime::Progress> progress_at_once;  // that a pull tells of as it begins
  std::optional<std::uint64_t> counted;               // bytes that each pull tells of at its end
  bool answers = true;                                // false: never
  std::optional<std::string> store_folder = "/var/lib/fake";
  std::set<std::string> layers;  // that the node has
  std::vector<Asked> pulls;
  std::size_t running = 0, most_running = 0;

  HandlePtr version(Answer<std::string> done) override {
    return scheduler_.after({}, [done = std::move(done)] { done(std::string("fake 1.0")); });
  }
  HandlePtr look(const types::ImageReference& image,
                 Answer<std::optional<runtime::Image>> done) override {
    return scheduler_.after({}, [this, text = image.text, done = std::move(done)] {
      if (cannot_look.contains(text))
        return done(runtime::Failure{runtime::Failure::Kind::runtime_gone, "no answer"});
      const auto found = there.find(text);
      done(found == there.end() ? std::nullopt : std::optional(found->second));
    });
  }
  HandlePtr list(Duration patience, Answer<std::vector<runtime::Image>> done) override {
    return scheduler_.after(answers ? Duration() : patience, [this, done = std::move(done)] {
      if (!answers)
        return done(runtime::Failure{runtime::Failure::Kind::timeout, "no answer in time"});
      std::vector<runtime::Image> all;
      for (const auto& [text, image] : there) all.push_back(image);
      done(all);
    });
  }
  HandlePtr store(Answer<std::optional<std::string>> done) override {
    return scheduler_.after({}, [this, done = std::move(done)] { done(store_folder); });
  }
  HandlePtr lacking(std::vector<std::string> wanted,
                    Answer<std::vector<std::string>> done) override {
    return scheduler_.after(
        {}, [this, wanted = std::move(wanted), done = std::move(done)]() mutable {
          std::erase_if(wanted, [this](const auto& layer) { return layers.contains(layer); });
          done(wanted);
        });
  }
  HandlePtr pull(runtime::Pull pull, std::function<void(runtime::Progress)> on_progress,
                 Answer<runtime::Pulled> done) override {
    pulls.push_back({pull.image.text, pull.credentials.username, pull.patience, pull.since});
    most_running = std::max(most_running, ++running);
    if (progress_at_once)
      early_ =
          scheduler_.after({}, [on_progress, bytes = *progress_at_once] { on_progress(bytes); });
    const Duration takes = answers ? std::min(pull_takes, pull.patience) : Duration::max() / 2;
    auto timer = scheduler_.after(
        takes, [this, takes, pull, on_progress = std::move(on_progress), done = std::move(done)] {
          done(outcome(pull, takes, on_progress));
        });
    return std::make_unique<Running>(*this, std::move(timer));
  }

 private:
  struct Running : Handle {
    Running(FakeRuntime& runtime, HandlePtr end) : all(runtime), timer(std::move(end)) {}
    ~Running() override { --all.running; }
    FakeRuntime& all;
    HandlePtr timer;
  };

  Result<runtime::Pulled, runtime::Failure> outcome(
      const runtime::Pull& pull, Duration took,
      const std::function<void(runtime::Progress)>& on_progress) {
    using Kind = runtime::Failure::Kind;
    const std::string& text = pull.image.text;
    if (took < pull_takes) return runtime::Failure{Kind::timeout, "no answer in time"};
    if (auto& next = failures[text]; !next.empty()) {
      const runtime::Failure failure = next.front();
      next.pop_front();
      return failure;
    }
    const auto user = wants_user.find(text);
    if (user != wants_user.end() && user->second != pull.credentials.username)
      return runtime::Failure{Kind::unauthorized, text + ": no basic auth credentials"};
    const auto found = registry.find(text);
    if (found == registry.end()) return runtime::Failure{Kind::not_found, text + ": not found"};
    const auto here = there.find(text);
    if (here == there.end() || here->second.id != found->second.id)
      on_progress({found->second.bytes, found->second.bytes});
    there[text] = found->second;
    return runtime::Pulled{.downloaded = counted};
  }

  Scheduler& scheduler_;
  HandlePtr early_;
};

}  // namespace kip::testing
