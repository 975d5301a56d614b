#include "advise/advice_text.h"

#include <cmath>
#include <utility>

#include "base/byte_text.h"
#include "discovery/text_table.h"
#include "discovery/usage_text.h"

namespace kip::advise {

namespace {

using Kind = ImageAdvice::Kind;

const char* word(Kind kind) {
  switch (kind) {
    case Kind::add:
      return "add";
    case Kind::keep:
      return "keep";
    case Kind::drop:
      return "drop";
    case Kind::none:
      return "none";
  }
  return "none";
}

std::string percent(std::optional<double> rate) {
  if (!rate) return "-";
  // All of a thousand but one are not all.
  const double part = *rate * 100;
  const auto whole = static_cast<int>(part > 50 ? std::floor(part) : std::ceil(part));
  return std::to_string(whole) + "%";
}

std::string bytes_or_dash(std::uint64_t bytes) { return bytes > 0 ? byte_text(bytes) : "-"; }
std::string time_or_dash(std::optional<Duration> time) { return time ? to_text(*time) : "-"; }

std::vector<std::string> row_of(const ImageAdvice& image) {
  const ImagePulls& pulls = image.pulls;
  return {image.image,
          word(image.kind) == std::string("none") ? "-" : word(image.kind),
          std::to_string(image.usage.pods),
          std::to_string(image.usage.nodes),
          std::to_string(pulls.hits),
          std::to_string(pulls.pulls),
          percent(hit_rate(pulls.hits, pulls.pulls)),
          time_or_dash(pulls.pull_time()),
          bytes_or_dash(pulls.bytes),
          pulls.hits > 0 ? time_or_dash(image.saved()) : "-",
          pulls.pulls > 0 ? to_text(pulls.spent) : "-"};
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}
std::string counted(std::size_t count, const std::string& what) {
  return counted(count, what, what + "s");
}

std::string found(const std::string& of, const Totals& totals) {
  const std::size_t starts = totals.hits + totals.pulls;
  if (starts == 0) return "";
  return of + ": " + std::to_string(totals.hits) + " of " + counted(starts, "start") +
         " found the image on the node (" + percent(hit_rate(totals.hits, totals.pulls)) + ").\n";
}

std::string saved(const Totals& listed) {
  if (listed.hits == 0) return "";
  std::string text;
  if (listed.hits > listed.hits_unknown)
    text = "Saved by the list, estimated by " + counted(listed.samples, "pull") + ": at most " +
           to_text(listed.saved) + " and " + byte_text(listed.saved_bytes) +
           ", if each hit had been a pull; " + to_text(listed.saved_once) + " and " +
           byte_text(listed.saved_bytes_once) + ", if one on each node had.\n";
  if (listed.hits_unknown > 0)
    text += counted(listed.hits_unknown, "hit") +
            " of images of which no pull was seen: not counted as saved.\n";
  return text;
}

std::string sentences(const Advice& advice) {
  if (!advice.span) return "There are no Events of pulls: what was pulled is not known.\n";
  const Span& span = *advice.span;
  std::string text = "From " + to_rfc3339(span.from) + " to " + to_rfc3339(span.to) + " (" +
                     to_text(span.to - span.from) + "), by " + counted(span.events, "Event") +
                     ":\n";
  text += found("Images of the list", advice.listed) + found("Other images", advice.unlisted) +
          found("All", advice.all) + saved(advice.listed);
  if (advice.unlisted.pulls > 0)
    text += "Spent on pulls of other images: " + to_text(advice.unlisted.spent) + ".\n";
  if (advice.all.failures > 0)
    text += counted(advice.all.failures, "try", "tries") + " to pull failed.\n";
  if (span.untold > 0)
    text += counted(span.untold, "Event") +
            " of pods with many images were joined with others, and are not counted.\n";
  return text;
}

double seconds(Duration time) { return static_cast<double>(time.count()) / 1000; }
json seconds_or_null(std::optional<Duration> time) {
  return time ? json(seconds(*time)) : json(nullptr);
}

json totals_json(const Totals& totals) {
  const auto rate = hit_rate(totals.hits, totals.pulls);
  return {{"hits", totals.hits},
          {"pulls", totals.pulls},
          {"failedPulls", totals.failures},
          {"hitRate", rate ? json(*rate) : json(nullptr)},
          {"hitsOfUnknownTime", totals.hits_unknown},
          {"samples", totals.samples},
          {"savedSeconds", seconds(totals.saved)},
          {"savedBytes", totals.saved_bytes},
          {"savedSecondsOncePerNode", seconds(totals.saved_once)},
          {"savedBytesOncePerNode", totals.saved_bytes_once},
          {"spentSeconds", seconds(totals.spent)}};
}

json image_json(const ImageAdvice& image) {
  json found = discovery::usage_json(image.usage);
  const ImagePulls& pulls = image.pulls;
  const auto rate = hit_rate(pulls.hits, pulls.pulls);
  found.update({{"image", image.image},
                {"name", image.name.empty() ? json(nullptr) : json(image.name)},
                {"advice", word(image.kind)},
                {"listed", image.is_listed()},
                {"hits", pulls.hits},
                {"hitsThatAsked", pulls.asked},
                {"hitNodes", pulls.hit_nodes},
                {"pulls", pulls.pulls},
                {"pullNodes", pulls.pull_nodes},
                {"failedPulls", pulls.failures},
                {"hitRate", rate ? json(*rate) : json(nullptr)},
                {"samples", pulls.samples},
                {"pullSeconds", seconds_or_null(pulls.pull_time())},
                {"bytes", pulls.bytes > 0 ? json(pulls.bytes) : json(nullptr)},
                {"savedSeconds", seconds_or_null(image.saved())},
                {"savedBytes", image.saved_bytes()},
                {"spentSeconds", seconds(pulls.spent)}});
  return found;
}

}  // namespace

std::string advice_table(const Advice& advice) {
  std::vector<std::vector<std::string>> rows = {{"IMAGE", "ADVICE", "PODS", "NODES", "HITS",
                                                 "PULLS", "HIT RATE", "PULL TIME", "SIZE", "SAVED",
                                                 "SPENT"}};
  for (const auto& image : advice.images) rows.push_back(row_of(image));
  return discovery::text_table(std::move(rows)) + "\n" + sentences(advice);
}

json advice_json(const Advice& advice) {
  json images = json::array();
  for (const auto& image : advice.images) images.push_back(image_json(image));
  json span;
  if (advice.span)
    span = {{"from", to_rfc3339(advice.span->from)},
            {"to", to_rfc3339(advice.span->to)},
            {"events", advice.span->events},
            {"untold", advice.span->untold},
            {"before", advice.span->before}};
  return {{"span", std::move(span)},
          {"total", totals_json(advice.all)},
          {"listed", totals_json(advice.listed)},
          {"unlisted", totals_json(advice.unlisted)},
          {"images", std::move(images)}};
}

std::string advised_images(const Advice& advice) {
  std::string text;
  for (const Kind kind : {Kind::keep, Kind::add})
    for (const auto& image : advice.images)
      if (image.kind == kind) text += image.name + "=" + image.image + ";";
  return text.empty() ? text : text + "\n";
}

std::vector<std::string> dropped_images(const Advice& advice) {
  std::vector<std::string> images;
  for (const auto& image : advice.images)
    if (image.kind == Kind::drop) images.push_back(image.image);
  return images;
}

}  // namespace kip::advise
