#include "core/refresh.h"

#include <algorithm>

#include "base/text.h"
#include "core/names.h"

namespace kip::core {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view digest_unknown = "-";
constexpr std::string_view retried_mark = "again";
// A registry that is asked so soon after the nodes were made to pull has most likely the same for
// both.
constexpr Duration while_pulling = 2min;

// The object's times have whole seconds.
WallTime whole_seconds(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); }

std::string annotation(const json& daemonset, const std::string& key) {
  const json& annotations = object_at(daemonset, "/spec/template/metadata/annotations");
  const auto found = annotations.find(key);
  return found != annotations.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string key_of(const std::string& container) { return asked_prefix + container; }

// `sha256:… 2026-01-31T12:00:00Z 5f3a9c01d2e4b687`, and "again" where it was asked for twice: the
// last is a checksum of the reference that this is of.
std::string text_of(const AskedImage& asked, const std::string& reference) {
  return (asked.digest.empty() ? std::string(digest_unknown) : asked.digest) + " " +
         to_rfc3339(asked.at) + " " + checksum(reference) +
         (asked.is_retried ? " " + std::string(retried_mark) : "");
}

std::optional<AskedImage> parse_asked(const std::string& text, const std::string& reference) {
  const std::vector<std::string> words = split(text, ' ');
  if (words.size() < 3 || words[2] != checksum(reference)) return std::nullopt;
  const auto at = from_rfc3339(words[1]);
  if (!at) return std::nullopt;
  return AskedImage{words[0] == digest_unknown ? "" : words[0], *at,
                    words.size() > 3 && words[3] == retried_mark};
}

std::string short_form(const std::string& digest) { return digest.substr(0, 19); }

enum class Need { none, moved, other_on_a_node, by_time };

struct Judgement {
  Need need = Need::none;
  std::string why = {};
  const Reason* notice = nullptr;
  std::string detail = {};  // of the notice
};

// Some runtimes call an image by the digest of its platform's manifest, where the registry tells
// that of the index: what nodes tell is then another digest on all of them, and says nothing.
Judgement judge_known(const std::string& name, const TagState& tag, const AskedImage& asked,
                      bool is_asked_for, const Pods& pods, bool is_rolled_out) {
  const auto moved_from = [&](const std::string& digest) {
    return Judgement{Need::moved,
                     "moved from " + short_form(digest) + " to " + short_form(tag.digest)};
  };
  if (!asked.digest.empty() && asked.digest != tag.digest) return moved_from(asked.digest);
  const auto present = pods.digests_of(name, tag.digest);
  const auto other = std::find_if(present.begin(), present.end(),
                                  [&](const std::string& d) { return d != tag.digest; });
  const bool is_somewhere = std::find(present.begin(), present.end(), tag.digest) != present.end();
  if (asked.digest.empty()) {
    if (present.empty()) return {Need::by_time};  // nobody knows what nodes have
    // What the registry said as the nodes were pulling is what they have, under another name.
    const bool is_as_pulled = !is_somewhere && tag.since <= asked.at + while_pulling;
    return other == present.end() || is_as_pulled ? Judgement{} : moved_from(*other);
  }
  if (other == present.end() || !is_somewhere || !is_rolled_out) return {};
  if (!is_asked_for && !asked.is_retried)
    return {Need::other_on_a_node, "is " + short_form(*other) + " on a node, and " +
                                       short_form(tag.digest) + " on others and in its registry"};
  return {Need::none, "", &reasons::digest_differs,
          "a node says that it runs " + *other + ", and its registry has " + tag.digest};
}

Judgement judge(const config::CachedImage& image, const TagState& tag, const AskedImage& asked,
                bool is_asked_for, const Pods& pods, bool is_rolled_out) {
  using Kind = TagState::Kind;
  const bool was_known = !asked.digest.empty() || !tag.digest.empty();
  switch (tag.kind) {
    case Kind::unasked:
      return {};
    case Kind::known:
      return judge_known(image.name, tag, asked, is_asked_for, pods, is_rolled_out);
    case Kind::missing:
      return {Need::none, "", &reasons::tag_missing, tag.trouble};
    case Kind::unreachable:
      if (!was_known) return {Need::by_time, ""};
      return {Need::none, "", &reasons::registry_unreachable, tag.trouble};
    case Kind::refused:
      if (!was_known) return {Need::by_time, ""};
      return {Need::none, "", &reasons::registry_refuses, tag.trouble};
  }
  return {};
}

}  // namespace

WallTime last_refresh(const json& daemonset, WallTime now) {
  constexpr Duration clock_skew = 5min;
  auto time = from_rfc3339(annotation(daemonset, refreshed_at));
  if (!time) time = from_rfc3339(string_at(daemonset, "/metadata/creationTimestamp"));
  return time && *time <= now + clock_skew ? *time : WallTime{};
}

WallTime next_refresh(const json& daemonset, Duration interval, WallTime now) {
  const std::uint64_t draw =
      fnv1a(string_at(daemonset, "/metadata/uid") + annotation(daemonset, refreshed_at)) % 2001;
  const Duration jitter{interval.count() / 10 * (static_cast<Duration::rep>(draw) - 1000) / 1000};
  return last_refresh(daemonset, now) + interval + jitter;
}

bool TemplateRecord::asks_for(const std::string& container) const {
  const auto found = images.find(container);
  return found == images.end() || found->second.at == changed;
}

void TemplateRecord::ask_for(const std::vector<std::string>& containers, WallTime now) {
  changed = whole_seconds(now);
  for (const auto& container : containers) images[container].at = changed;
}

TemplateRecord new_record(const config::Settings& settings, WallTime now) {
  const WallTime then = whole_seconds(now);
  TemplateRecord record{then, then, {}, {}};
  for (const auto& image : settings.images) record.images[image.name].at = then;
  return record;
}

TemplateRecord recorded(const json& daemonset, const config::Settings& settings, WallTime now) {
  if (daemonset.is_null()) return new_record(settings, now);
  const WallTime last = last_refresh(daemonset, now);
  TemplateRecord record;
  record.refreshed = last == WallTime{} ? whole_seconds(now) : last;
  record.changed = from_rfc3339(annotation(daemonset, changed_at)).value_or(record.refreshed);
  record.checksum = annotation(daemonset, settings_checksum);
  std::vector<std::string> others;
  for (const auto& image : settings.images) {
    const auto asked = parse_asked(annotation(daemonset, key_of(image.name)), image.reference.text);
    if (asked)
      record.images[image.name] = *asked;
    else
      others.push_back(image.name);
  }
  if (!others.empty()) record.ask_for(others, now);
  return record;
}

json to_annotations(const TemplateRecord& record, const config::Settings& settings) {
  json annotations = {{refreshed_at, to_rfc3339(record.refreshed)},
                      {changed_at, to_rfc3339(record.changed)},
                      {settings_checksum, record.checksum}};
  for (const auto& image : settings.images)
    annotations[key_of(image.name)] = text_of(record.images.at(image.name), image.reference.text);
  return annotations;
}

Due due_images(const config::Settings& settings, const json& daemonset, const Tags& tags,
               const Pods& pods, bool is_rolled_out, TemplateRecord& record, WallTime now) {
  Due due;
  const WallTime next = next_refresh(daemonset, settings.interval, now);
  std::vector<std::string> others;
  const auto add = [&](const std::string& name, const std::string& why, WallTime since) {
    if (due.containers.empty() || since < due.since) due.since = since;
    if (due.detail.empty() && !why.empty()) due.detail = name + " " + why;
    due.containers.push_back(name);
  };
  for (const auto& image : settings.images) {
    const auto found = tags.states.find(image.reference.text);
    if (found == tags.states.end()) continue;  // with a digest in it, or not asked yet
    const TagState& tag = found->second;
    AskedImage& asked = record.images[image.name];
    const Judgement said =
        judge(image, tag, asked, record.asks_for(image.name), pods, is_rolled_out);
    if (said.notice != nullptr)
      due.notices.push_back({image.name, image.reference.text, said.notice, said.detail});
    if (said.need == Need::by_time) {
      // What was asked for a moment ago, as it is new, is not due with the others.
      const WallTime earliest = std::max(next, asked.at + settings.interval / 2);
      if (now < earliest) {
        due.requeue_at = std::min(due.requeue_at.value_or(earliest), earliest);
        continue;
      }
      due.by_time = true;
      add(image.name, "", earliest);
    } else if (said.need != Need::none) {
      asked.is_retried = said.need == Need::other_on_a_node;
      add(image.name, said.why, tag.since);
    }
    if (tag.kind != TagState::Kind::known) continue;
    asked.digest = tag.digest;
    if (said.need == Need::none && said.notice == nullptr && is_rolled_out &&
        pods.digests_of(image.name, tag.digest).size() > 1)
      due.disagreeing.push_back(image.reference);
  }
  if (due.detail.empty() && due.by_time)
    due.detail = "last " + to_rfc3339(last_refresh(daemonset, now));
  else if (due.containers.size() > 1)
    due.detail += ", and " + std::to_string(due.containers.size() - 1) + " more";
  return due;
}

}  // namespace kip::core
