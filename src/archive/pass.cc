#include "archive/pass.h"

#include <algorithm>
#include <utility>

#include "archive/inventory.h"
#include "base/log.h"
#include "http/hash.h"

namespace kip::archive {

namespace {

using Kind = runtime::Failure::Kind;

// Another process may hold the lock for as long as a download takes.
constexpr Duration between_looks = std::chrono::seconds(1);

// The first attempt at each image has so much time that the last of them begins before the time of
// all is over, also if every one takes all of its own. What it brought by then is kept for the
// next.
Duration fair_share(const agent::PullLimits& limits, std::size_t images) {
  const auto parallel = static_cast<std::int64_t>(limits.parallelism);
  return limits.overall * parallel / std::max(parallel, static_cast<std::int64_t>(images));
}

}  // namespace

Pass::Pass(Scheduler& scheduler, agent::Output& output, Folder& folder, const Options& options,
           Inputs inputs, registry::Client::Options client)
    : scheduler_(scheduler),
      output_(output),
      folder_(folder),
      options_(options),
      inputs_(std::move(inputs)),
      client_(scheduler, std::move(client)),
      workshop_(scheduler, client_, folder, options.settings),
      archiver_(workshop_, inputs_.images) {}

Pass::~Pass() {
  fetch_.reset();  // before what its builds use
}

void Pass::start(Done done) {
  done_ = std::move(done);
  timer_ = scheduler_.after(Duration::zero(), [this] { lock(); });
}

void Pass::lock() {
  const HandlePtr last = std::move(timer_);
  auto taken = folder_.own().lock();
  if (!taken) return fail_all(taken.error());
  if (*taken) {
    lock_ = std::move(*taken);
    return fetch();
  }
  if (!std::exchange(has_told_of_lock_, true))
    log::info("another process writes this folder; waiting for it", {{"path", options_.path}});
  timer_ = scheduler_.after(between_looks, [this] { lock(); });
}

void Pass::fetch() {
  workshop_.record =
      take_inventory(folder_.own().read_record(), folder_, inputs_.images, options_.settings);
  agent::PullLimits limits = options_.limits;
  limits.first_timeout = fair_share(limits, inputs_.images.size());
  limits.longest_timeout = limits.overall;
  fetch_.emplace(archiver_, scheduler_, output_, inputs_.wanted, limits);
  fetch_->start([this](const std::vector<agent::ImageResult>& results) { end(results); });
}

void Pass::end(const std::vector<agent::ImageResult>& results) {
  prune(results);
  remove_partials(results);
  const bool lacks_room = std::any_of(results.begin(), results.end(), [](const auto& each) {
    return each.failure && each.failure->kind == Kind::no_space;
  });
  if (!lacks_room) workshop_.record.too_large.clear();
  workshop_.record.finished = scheduler_.wall_now();
  workshop_.record.list = key_of_list(inputs_.images, options_.settings);
  if (const auto status = folder_.own().write_record(workshop_.record); !status)
    log::warn("what was written is not recorded", {{"problem", status.error().message}});
  lock_.reset();
  done_(results);
}

void Pass::prune(const std::vector<agent::ImageResult>& results) {
  const auto has = [&](auto is_so) { return std::any_of(results.begin(), results.end(), is_so); };
  const bool has_failed = has([](const auto& each) { return each.failure.has_value(); });
  const bool needs_space =
      has([](const auto& each) { return each.failure && each.failure->kind == Kind::no_space; });
  // A list that is being written is empty for a moment, as at the start nothing is touched then.
  // A name that is misspelt, or not there yet: what was there before may still be wanted.
  if (!options_.prunes || inputs_.images.empty() || !inputs_.bad_entries.empty() ||
      (has_failed && !needs_space))
    return;
  std::erase_if(workshop_.record.archives, [&](const auto& entry) {
    const auto& [file, recorded] = entry;
    const bool is_wanted =
        std::any_of(inputs_.images.begin(), inputs_.images.end(),
                    [&](const NamedImage& each) { return each.name.file == entry.first; });
    if (is_wanted) return false;
    if (const auto marked = folder_.marked(file); marked && marked->mark == recorded.mark) {
      if (const auto status = folder_.remove(file); !status) {
        log::warn("an archive cannot be removed", {{"problem", status.error().message}});
        return false;
      }
      log::info("archive removed: its image left the list",
                {{"image", recorded.image}, {"file", file}});
    }
    if (!recorded.old_file.empty()) folder_.remove_link(recorded.old_file, file);
    return true;
  });
}

// Those of images that failed are for the next check; others are of images that left the list, or
// of an archive that is whole.
void Pass::remove_partials(const std::vector<agent::ImageResult>& results) {
  for (const auto& partial : folder_.own().partials()) {
    bool is_needed = false;
    for (std::size_t i = 0; i < results.size(); ++i)
      is_needed = is_needed || (results[i].failure &&
                                partial.name.starts_with(partial_key(inputs_.images[i].name.file)));
    if (!is_needed) folder_.own().remove_partial(partial.name);
  }
}

std::string key_of_list(const std::vector<NamedImage>& images, const BuildSettings& settings) {
  http::Hash hash;
  hash.add(std::string(to_text(settings.format)) + " " + settings.platform.text());
  for (const auto& each : images) hash.add("\n" + each.image.text);
  return hash.hex();
}

void Pass::fail_all(const runtime::Failure& failure) {
  std::vector<agent::ImageResult> results;
  for (const auto& each : inputs_.wanted)
    results.push_back({.image = each.reference.text, .failure = failure});
  log::error("cannot begin", {{"problem", failure.message}});
  done_(results);
}

std::vector<agent::ImageResult> Pass::results(const std::string& why) const {
  if (fetch_) return fetch_->results(why);
  std::vector<agent::ImageResult> results;
  for (const auto& each : inputs_.wanted)
    results.push_back(
        {.image = each.reference.text, .failure = runtime::Failure{Kind::other, why}});
  return results;
}

}  // namespace kip::archive
