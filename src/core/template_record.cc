#include "core/template_record.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "core/held_images.h"
#include "core/image_order.h"
#include "core/names.h"

namespace kip::core {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view digest_unknown = "-";
constexpr std::string_view retried_mark = "again", new_mark = "new";
constexpr Duration clock_skew = 5min;

// The object's times have whole seconds.
WallTime whole_seconds(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); }

std::string text_at(const json& annotations, const std::string& key) {
  const auto found = annotations.find(key);
  return found != annotations.end() && found->is_string() ? found->get<std::string>() : "";
}

const json& template_of(const json& daemonset) {
  return object_at(daemonset, "/spec/template/metadata/annotations");
}

std::string key_of(const std::string& container) { return asked_prefix + container; }

std::string word(const std::string& digest) {
  return digest.empty() ? std::string(digest_unknown) : digest;
}
std::string digest_of(const std::string& word) { return word == digest_unknown ? "" : word; }

// `DIGEST BEFORE 2026-01-31T12:00:00Z 5f3a9c01d2e4b687`, and "again" where it was asked for twice,
// "new" where for the first time. Before these is a checksum of the reference that this is of.
std::string text_of(const AskedImage& asked, const std::string& reference) {
  return word(asked.digest) + " " + word(asked.before) + " " + to_rfc3339(asked.at) + " " +
         checksum(reference) + (asked.is_retried ? " " + std::string(retried_mark) : "") +
         (asked.is_new ? " " + std::string(new_mark) : "");
}

std::optional<AskedImage> parse_asked(const std::string& text) {
  const std::vector<std::string> words = split(text, ' ');
  const auto at = words.size() < 4 ? std::nullopt : from_rfc3339(words[2]);
  if (!at) return std::nullopt;
  const auto has = [&](std::string_view mark) {
    return std::find(words.begin() + 4, words.end(), mark) != words.end();
  };
  return AskedImage{digest_of(words[0]), digest_of(words[1]), *at, has(retried_mark),
                    has(new_mark)};
}

bool is_of(const std::string& text, const std::string& reference) {
  return text.find(" " + checksum(reference)) != std::string::npos;
}

// The image as the template has it; nothing: it has none of that name.
std::optional<HeldImage> shown(const json& daemonset, const std::string& name) {
  for (auto& image : held_images(object_at(daemonset, "/spec/template/spec")))
    if (image.name == name) return std::move(image);
  return std::nullopt;
}

// So long before the change that nobody takes what a registry says now for what nodes pulled then.
constexpr Duration long_before = 1h;

WallTime shown_at(const std::optional<HeldImage>& image, const TemplateRecord& record) {
  return !image || image->is_asked_for ? record.changed : record.changed - long_before;
}

// Of a hand edit, or of settings before, it may name what is not there.
std::vector<std::string> recorded_last(const json& daemonset, const config::Settings& settings) {
  std::vector<std::string> names;
  if (!do_images_wait(settings.cache_mode) && !are_absent_left_out(settings.cache_mode))
    return names;
  const auto listed = split(text_at(template_of(daemonset), last_images), ',');
  for (const auto& image : settings.images)
    if (std::find(listed.begin(), listed.end(), image.name) != listed.end())
      names.push_back(image.name);
  return names;
}

// What the annotations say, or, where somebody took them away, what the template shows. Nothing: it
// does not have this image.
std::optional<AskedImage> asked_of(const json& daemonset, const config::CachedImage& image,
                                   const TemplateRecord& record, WallTime now) {
  const std::string text =
      text_at(object_at(daemonset, "/metadata/annotations"), key_of(image.name));
  if (auto asked = parse_asked(text)) {
    if (!is_of(text, image.reference.text)) return std::nullopt;
    if (asked->at > now + clock_skew) asked->at = shown_at(shown(daemonset, image.name), record);
    return asked;
  }
  const auto found = shown(daemonset, image.name);
  if (!found || found->reference != image.reference.text) return std::nullopt;
  return AskedImage{"", "", shown_at(found, record)};
}

}  // namespace

WallTime last_refresh(const json& daemonset, WallTime now) {
  auto time = from_rfc3339(text_at(template_of(daemonset), refreshed_at));
  if (!time) time = from_rfc3339(string_at(daemonset, "/metadata/creationTimestamp"));
  return time && *time <= now + clock_skew ? *time : WallTime{};
}

WallTime next_refresh(const json& daemonset, Duration interval, WallTime now) {
  const std::uint64_t draw =
      fnv1a(string_at(daemonset, "/metadata/uid") + text_at(template_of(daemonset), refreshed_at)) %
      2001;
  const Duration jitter{interval.count() / 10 * (static_cast<Duration::rep>(draw) - 1000) / 1000};
  return last_refresh(daemonset, now) + interval + jitter;
}

bool TemplateRecord::asks_for(const std::string& container) const {
  const auto found = images.find(container);
  return found == images.end() || found->second.at == changed;
}

std::vector<std::string> TemplateRecord::asked_for() const {
  std::vector<std::string> names;
  for (const auto& [name, asked] : images)
    if (asked.at == changed) names.push_back(name);
  return names;
}

void TemplateRecord::ask_for(const std::vector<std::string>& containers, WallTime now) {
  // A second later at the least, so that it is another change than the one before.
  if (!std::exchange(is_changed, true)) changed = std::max(whole_seconds(now), changed + 1s);
  for (const auto& container : containers) {
    images[container].at = changed;
    images[container].is_new = false;
  }
}

std::vector<std::string> TemplateRecord::asked_for_again() const {
  std::vector<std::string> names = asked_for();
  std::erase_if(names, [&](const std::string& name) { return images.at(name).is_new; });
  return names;
}

TemplateRecord new_record(const config::Settings& settings, WallTime now) {
  const WallTime then = whole_seconds(now);
  TemplateRecord record;
  record.refreshed = record.changed = then;
  for (const auto& image : settings.images)
    record.images[image.name] = {.digest = {}, .before = {}, .at = then, .is_new = true};
  return record;
}

TemplateRecord recorded(const json& daemonset, const config::Settings& settings, WallTime now) {
  if (daemonset.is_null()) return new_record(settings, now);
  const WallTime last = last_refresh(daemonset, now);
  TemplateRecord record;
  record.refreshed = last == WallTime{} ? whole_seconds(now) : last;
  record.changed =
      from_rfc3339(text_at(template_of(daemonset), changed_at)).value_or(record.refreshed);
  if (record.changed > now + clock_skew) record.changed = record.refreshed;
  record.checksum = recorded_checksum(daemonset);
  record.last = recorded_last(daemonset, settings);
  std::vector<std::string> others;
  for (const auto& image : settings.images) {
    if (auto asked = asked_of(daemonset, image, record, now))
      record.images[image.name] = *std::move(asked);
    else
      others.push_back(image.name);
  }
  // Another reference is another image.
  std::erase_if(record.last, [&](const std::string& name) {
    return std::find(others.begin(), others.end(), name) != others.end();
  });
  if (record.last.size() == settings.images.size() && are_absent_left_out(settings.cache_mode))
    record.last.clear();
  record.under_way = record.asked_for();
  if (!others.empty()) record.ask_for(others, now);
  for (const auto& name : others) record.images[name].is_new = true;
  return record;
}

std::uint64_t hash_of_record(const json& daemonset) {
  std::string all;
  for (const auto& [key, value] : object_at(daemonset, "/metadata/annotations").items())
    if (key.starts_with(asked_prefix) && value.is_string())
      all += key + '=' + value.get_ref<const std::string&>() + '\n';
  return fnv1a(all);
}

json template_annotations(const TemplateRecord& record) {
  json annotations = {{refreshed_at, to_rfc3339(record.refreshed)},
                      {changed_at, to_rfc3339(record.changed)},
                      {settings_checksum, record.checksum}};
  if (!record.last.empty()) annotations[last_images] = joined(record.last, ",");
  return annotations;
}

json image_annotations(const TemplateRecord& record, const config::Settings& settings) {
  json annotations = json::object();
  for (const auto& image : settings.images)
    annotations[key_of(image.name)] = text_of(record.images.at(image.name), image.reference.text);
  return annotations;
}

void erase_image_annotations(json& annotations) {
  if (annotations.is_object())
    std::erase_if(annotations.get_ref<json::object_t&>(),
                  [](const auto& entry) { return entry.first.starts_with(asked_prefix); });
}

json without_record(json daemonset) {
  daemonset["spec"]["template"]["metadata"].erase("annotations");  // all of it is the record
  json& metadata = daemonset["metadata"];
  erase_image_annotations(metadata["annotations"]);
  if (metadata["annotations"].empty()) metadata.erase("annotations");
  return daemonset;
}

std::string recorded_checksum(const json& daemonset) {
  return text_at(template_of(daemonset), settings_checksum);
}

}  // namespace kip::core
