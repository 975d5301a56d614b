#include "controller/image_sources.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/log.h"
#include "controller/discovery.h"
#include "controller/warm_lists.h"

namespace kip::controller {

ImageSources::ImageSources(std::vector<std::unique_ptr<ImageSource>> sources)
    : sources_(std::move(sources)) {}

void ImageSources::start(std::function<void()> on_change) {
  if (std::exchange(is_started_, true)) return;
  for (const auto& source : sources_) source->start(on_change);
}

bool ImageSources::are_known() const {
  return std::all_of(sources_.begin(), sources_.end(),
                     [](const auto& source) { return source->is_known(); });
}

config::Settings ImageSources::applied_to(config::Settings settings) {
  if (sources_.empty()) return settings;
  std::vector<std::vector<WantedImage>> lists;
  lists.reserve(sources_.size());
  for (const auto& source : sources_) lists.push_back(source->images());
  core::WantedSettings wanted = core::with_wanted(std::move(settings), lists);
  tell_left_out(std::move(wanted.left_out));
  if (std::exchange(placements_too_many_, wanted.placements_too_many) == 0 &&
      wanted.placements_too_many > 0)
    log::warn(
        "images are wanted on more sets of nodes than there can be DaemonSets; those of the "
        "least wanted sets go to all nodes that one DaemonSet can tolerate",
        {{"sets", wanted.placements_too_many}, {"at_most", core::most_wanted_placements}});
  return std::move(wanted.settings);
}

void ImageSources::tell_left_out(std::vector<core::LeftOutImage> left_out) {
  constexpr std::size_t most = 10;
  std::sort(left_out.begin(), left_out.end());
  left_out.erase(std::unique(left_out.begin(), left_out.end()), left_out.end());
  std::vector<core::LeftOutImage> fresh;
  std::set_difference(left_out.begin(), left_out.end(), told_.begin(), told_.end(),
                      std::back_inserter(fresh));
  for (std::size_t i = 0; i < std::min(fresh.size(), most); ++i)
    log::warn("an image that is wanted is left out",
              {{"image", fresh[i].image}, {"because", fresh[i].why}});
  if (fresh.size() > most)
    log::warn("more images that are wanted are left out", {{"images", fresh.size() - most}});
  told_ = std::move(left_out);
}

std::vector<std::string> ImageSources::troubles() const {
  std::vector<std::string> troubles;
  for (const auto& source : sources_)
    for (auto& trouble : source->troubles()) troubles.push_back(std::move(trouble));
  return troubles;
}

std::vector<std::unique_ptr<ImageSource>> sources_of(http::Transport& transport,
                                                     Scheduler& scheduler,
                                                     const config::Settings& settings,
                                                     const SourcesFor& whom,
                                                     const Subscribe& subscribe) {
  std::vector<std::unique_ptr<ImageSource>> sources;
  if (settings.release_gate)
    sources.push_back(std::make_unique<WarmLists>(transport, scheduler, settings.namespace_name,
                                                  settings.daemonset_name, whom));
  if (settings.discovery.is_on())
    sources.push_back(std::make_unique<Discovery>(transport, scheduler, settings, whom));
  if (settings.nats.is_on() && subscribe)
    sources.push_back(std::make_unique<NatsImages>(transport, scheduler, settings, subscribe));
  return sources;
}

bool have_same_sources(const config::Settings& a, const config::Settings& b) {
  const auto asked = [](const config::Settings& settings) {
    return std::tie(settings.namespace_name, settings.daemonset_name, settings.deployment_name,
                    settings.release_gate, settings.discovery, settings.nats);
  };
  return asked(a) == asked(b);
}

}  // namespace kip::controller
