#include "archive/archiver.h"

#include <utility>

#include "archive/age.h"
#include "archive/inventory.h"

namespace kip::archive {

Archiver::Archiver(Workshop& workshop, const std::vector<NamedImage>& images)
    : workshop_(workshop) {
  for (const auto& each : images) images_.emplace(each.image.text, each);
}

HandlePtr Archiver::version(Answer<std::string> done) {
  return workshop_.scheduler.after(Duration::zero(),
                                   [done = std::move(done)] { done(std::string("archives")); });
}

HandlePtr Archiver::look(const types::ImageReference& image,
                         Answer<std::optional<runtime::Image>> done) {
  return workshop_.scheduler.after(
      Duration::zero(),
      [this, text = image.text, done = std::move(done)] { done(found(images_.at(text))); });
}

HandlePtr Archiver::list(Duration /*patience*/, Answer<std::vector<runtime::Image>> done) {
  return workshop_.scheduler.after(Duration::zero(), [this, done = std::move(done)] {
    std::vector<runtime::Image> all;
    for (const auto& [text, image] : images_)
      if (auto one = found(image)) all.push_back(*std::move(one));
    done(all);
  });
}

HandlePtr Archiver::store(Answer<std::optional<std::string>> done) {
  return workshop_.scheduler.after(
      Duration::zero(), [done = std::move(done)] { done(std::optional<std::string>()); });
}

HandlePtr Archiver::lacking(std::vector<std::string> layers,
                            Answer<std::vector<std::string>> done) {
  return workshop_.scheduler.after(
      Duration::zero(), [layers = std::move(layers), done = std::move(done)] { done(layers); });
}

HandlePtr Archiver::pull(runtime::Pull pull, std::function<void(runtime::Progress)> on_progress,
                         Answer<runtime::Pulled> done) {
  std::vector<registry::Credentials> credentials;
  if (!pull.credentials.is_anonymous()) credentials.push_back(std::move(pull.credentials));
  struct Pulling : Handle {
    HandlePtr build, end;
  };
  auto pulling = std::make_unique<Pulling>();
  pulling->end = workshop_.scheduler.after(pull.patience, [text = pull.image.text, done] {
    done(runtime::Failure{runtime::Failure::Kind::timeout,
                          text + ": its archive is not whole in time; what is there is kept, and "
                                 "the next attempt goes on"});
  });
  const SteadyTime waits_until = workshop_.scheduler.now() + pull.patience / 2;
  pulling->build = std::make_unique<Build>(
      workshop_, Build::Job{images_.at(pull.image.text), std::move(credentials), waits_until},
      std::move(on_progress), [done = std::move(done)](const Result<Done, runtime::Failure>& end) {
        if (!end) return done(end.error());
        done(runtime::Pulled{});
      });
  return pulling;
}

bool Archiver::is_to_be_rebuilt(const std::string& file) const {
  const auto& settings = workshop_.settings;
  const auto state = workshop_.folder.state(file);
  return settings.is_rebuilt && !workshop_.built.contains(file) && state &&
         is_due(from_ns(state->modified), workshop_.scheduler.wall_now(), settings.age_limit);
}

std::optional<runtime::Image> Archiver::found(const NamedImage& image) const {
  const auto state = workshop_.folder.state(image.name.file);
  if (!state) return std::nullopt;
  runtime::Image out{.bytes = state->bytes};
  const auto recorded = workshop_.record.archives.find(image.name.file);
  if (recorded == workshop_.record.archives.end()) {
    // A digest that is there would not be asked for.
    if (!image.image.digest.empty()) return std::nullopt;
    out.id = image.name.file;
    return out;
  }
  if (!image.image.digest.empty() &&
      (!is_of(recorded->second, image, workshop_.settings) || is_to_be_rebuilt(image.name.file)))
    return std::nullopt;
  out.id = recorded->second.mark;
  out.digest = recorded->second.digest;
  return out;
}

}  // namespace kip::archive
