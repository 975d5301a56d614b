#include "advise/advice.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "config/images.h"
#include "discovery/image_key.h"
#include "types/image_names.h"
#include "types/image_reference.h"

namespace kip::advise {

namespace {

using Kind = ImageAdvice::Kind;

Kind kind_of(bool is_listed, const ImageAdvice& image) {
  const bool is_used = image.usage.pods > 0 || !image.usage.workloads.empty() ||
                       image.pulls.starts() > 0 || image.pulls.failures > 0;
  if (is_listed) return is_used ? Kind::keep : Kind::drop;
  return image.pulls.pulls > 0 && types::parse_image_reference(image.image) ? Kind::add
                                                                            : Kind::none;
}

bool is_before(const ImageAdvice& a, const ImageAdvice& b) {
  const auto weight = [](const ImageAdvice& image) {
    return image.kind == Kind::add ? image.pulls.spent : image.saved().value_or(Duration::zero());
  };
  return std::tuple(a.kind, weight(b), b.pulls.starts(), b.usage.pods, a.image) <
         std::tuple(b.kind, weight(a), a.pulls.starts(), a.usage.pods, b.image);
}

// What is listed keeps its name, but for the second of that name, which another list has.
void give_names(std::vector<ImageAdvice>& images) {
  std::set<std::string> taken = {std::string(config::init_container_name)};
  std::vector<ImageAdvice*> nameless;
  std::vector<types::ImageReference> references;
  for (auto& image : images) {
    if (image.kind == Kind::keep && taken.insert(image.name).second) continue;
    auto parsed = types::parse_image_reference(image.image);
    if ((image.kind != Kind::keep && image.kind != Kind::add) || !parsed) continue;
    references.push_back(*std::move(parsed));
    nameless.push_back(&image);
  }
  const auto names = types::names_of(references, taken);
  for (std::size_t i = 0; i < names.size(); ++i) nameless[i]->name = names[i];
}

}  // namespace

std::optional<Duration> ImageAdvice::saved() const {
  const auto each = pulls.pull_time();
  if (!each || !is_listed()) return std::nullopt;
  return *each * static_cast<std::int64_t>(pulls.hits - pulls.asked);
}

std::uint64_t ImageAdvice::saved_bytes() const {
  return is_listed() ? pulls.bytes * pulls.hits : 0;
}

std::optional<Duration> ImageAdvice::saved_once() const {
  const auto each = pulls.pull_time();
  if (!each || !is_listed()) return std::nullopt;
  return *each * static_cast<std::int64_t>(std::min(pulls.hit_nodes, pulls.hits - pulls.asked));
}

std::uint64_t ImageAdvice::saved_bytes_once() const {
  return is_listed() ? pulls.bytes * pulls.hit_nodes : 0;
}

void Totals::add(const ImageAdvice& image) {
  hits += image.pulls.hits;
  pulls += image.pulls.pulls;
  samples += image.pulls.samples;
  spent += image.pulls.spent;
  failures += image.pulls.failures;
  if (image.pulls.samples == 0) hits_unknown += image.pulls.hits;
  saved += image.saved().value_or(Duration::zero());
  saved_once += image.saved_once().value_or(Duration::zero());
  saved_bytes += image.saved_bytes();
  saved_bytes_once += image.saved_bytes_once();
}

std::optional<double> hit_rate(std::size_t hits, std::size_t pulls) {
  if (hits + pulls == 0) return std::nullopt;
  return static_cast<double>(hits) / static_cast<double>(hits + pulls);
}

Advice advise(const std::vector<discovery::UsedImage>& used, PullRecords::Result pulls,
              const std::vector<ListedImage>& listed) {
  std::map<std::string, ImageAdvice> images;
  for (const auto& image : used) {
    ImageAdvice& found = images[discovery::image_key(image.image)];
    found.image = image.image;
    found.usage = image;
  }
  for (auto& [key, of_image] : pulls.images) {
    if (of_image.starts() == 0 && of_image.failures == 0 && !images.contains(key) &&
        of_image.samples == 0)
      continue;
    ImageAdvice& found = images[key];
    if (found.image.empty()) found.image = of_image.image;
    found.pulls = std::move(of_image);
  }
  std::map<std::string, const ListedImage*> in_list;
  for (const auto& image : listed) {
    const std::string key = discovery::image_key(image.reference);
    in_list.emplace(key, &image);
    images[key].image = image.reference;
  }
  Advice advice{.span = pulls.span, .all = {}, .listed = {}, .unlisted = {}, .images = {}};
  for (auto& [key, image] : images) {
    const auto of_list = in_list.find(key);
    const bool is_listed = of_list != in_list.end();
    image.kind = kind_of(is_listed, image);
    // Only our own pods had it, and they are done with it: it left the list.
    const bool is_nothing = image.kind == Kind::none && image.usage == discovery::UsedImage{} &&
                            image.pulls.starts() == 0 && image.pulls.failures == 0;
    if (is_nothing) continue;
    if (image.kind == Kind::keep) image.name = of_list->second->name;
    advice.all.add(image);
    (is_listed ? advice.listed : advice.unlisted).add(image);
    advice.images.push_back(std::move(image));
  }
  std::sort(advice.images.begin(), advice.images.end(), is_before);
  give_names(advice.images);
  return advice;
}

}  // namespace kip::advise
