#include "core/refresh.h"

#include <algorithm>

#include "base/text.h"
#include "core/image_order.h"

namespace kip::core {

using namespace std::chrono_literals;

namespace {

// A registry that is asked so soon after the nodes were made to pull has most likely the same for
// both.
constexpr Duration while_pulling = 2min;

enum class Need { none, moved, other_on_a_node, by_time };

struct Judgement {
  Need need = Need::none;
  std::string why = {};
  const Reason* notice = nullptr;
  std::string detail = {};                // of the notice
  std::optional<WallTime> earliest = {};  // when it may be another
};

struct Looking {
  const config::Settings& settings;
  const Pods& pods;
  bool is_rolled_out, may_retry;
  WallTime changed;  // the template: older pods are on their way out
  WallTime now;
};

std::string short_form(const std::string& digest) { return digest.substr(0, 19); }

bool has(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Some runtimes call an image by the digest of its platform's manifest, where the registry tells
// that of the index: what nodes tell is then another digest on all of them, and says nothing. A
// node is behind where others have what the registry has, or where it has what was there before.
Judgement judge_other(const Looking& at, const TagState& tag, const AskedImage& asked,
                      const std::vector<std::string>& present) {
  const auto other = std::find_if(present.begin(), present.end(),
                                  [&](const std::string& d) { return d != tag.digest; });
  if (other == present.end()) return {};
  const bool is_before = !asked.before.empty() && has(present, asked.before);
  if (!has(present, tag.digest) && !is_before) return {};
  const std::string digest = is_before ? asked.before : *other;
  if (asked.is_retried || !at.may_retry)
    return {
        .notice = &reasons::digest_differs,
        .detail = "a node says that it runs " + digest + ", and its registry has " + tag.digest};
  if (!at.is_rolled_out) return {};
  const WallTime earliest = asked.at + at.settings.interval / 2;
  if (at.now < earliest) return {.earliest = earliest};
  return {Need::other_on_a_node, "is " + short_form(digest) + " on a node, and " +
                                     short_form(tag.digest) + " in its registry"};
}

// `asked` gets what is known now.
Judgement judge_known(const Looking& at, const std::string& name, const TagState& tag,
                      AskedImage& asked) {
  // What nodes tell where nothing is recorded is not taken for what was there before: it may be the
  // platform's digest, which stays.
  const auto move_from = [&](std::string digest) {
    asked.before = asked.digest;
    asked.digest = tag.digest;
    asked.is_retried = false;
    return Judgement{Need::moved,
                     "moved from " + short_form(digest) + " to " + short_form(tag.digest)};
  };
  // Told before nodes were last made to ask: another of us may have known more.
  if (tag.at < asked.at) return {};
  if (!asked.digest.empty() && asked.digest != tag.digest) {
    Judgement moved = move_from(asked.digest);
    // Pulled after it had moved: by nodes that joined, or a moment after the registry was asked.
    const bool is_everywhere = at.is_rolled_out && at.pods.all_tell(name, tag.digest, at.changed);
    return is_everywhere ? Judgement() : moved;
  }
  const auto present = at.pods.digests_of(name, tag.digest, at.changed);
  if (!asked.digest.empty()) return judge_other(at, tag, asked, present);
  const auto other = std::find_if(present.begin(), present.end(),
                                  [&](const std::string& d) { return d != tag.digest; });
  if (tag.since <= asked.at + while_pulling || (other == present.end() && !present.empty())) {
    asked.digest = tag.digest;
    return {};
  }
  if (other != present.end() && at.may_retry) return move_from(*other);
  return {Need::by_time};  // nobody knows what nodes have, or it is not worth a recreation
}

// Of an image that is left out of the pods until its registry has it.
Judgement judge_left_out(const TagState& tag, AskedImage& asked) {
  if (tag.kind != TagState::Kind::known)
    return {.notice = tag.kind == TagState::Kind::missing ? &reasons::tag_missing : nullptr,
            .detail = tag.trouble};
  asked.digest = tag.digest;
  return {Need::moved, "is in its registry now, as " + short_form(tag.digest)};
}

Judgement judge(const Looking& at, const std::string& name, const std::string& reference,
                const TagState& tag, AskedImage& asked) {
  using Kind = TagState::Kind;
  if (tag.kind == Kind::known) return judge_known(at, name, tag, asked);
  // It cannot be asked from here, so it is by time; or what is known counts on. What no node has
  // the kubelets try by themselves: replaced pods would have to be Ready to go one after another.
  const bool was_known = !asked.digest.empty() || !tag.digest.empty();
  const bool is_on_a_node = at.pods.size() == 0 || at.pods.have(name, reference);
  if (!was_known)
    return is_on_a_node && tag.kind != Kind::unasked ? Judgement{Need::by_time} : Judgement();
  switch (tag.kind) {
    case Kind::missing:
      return {.notice = &reasons::tag_missing, .detail = tag.trouble};
    case Kind::unreachable:
      return {.notice = &reasons::registry_unreachable, .detail = tag.trouble};
    case Kind::refused:
      return {.notice = &reasons::registry_refuses, .detail = tag.trouble};
    case Kind::unasked:
    case Kind::known:
      break;
  }
  return {};
}

}  // namespace

void leave_what_cannot_be_asked(TemplateRecord& record, const config::Settings& settings,
                                const Tags& tags) {
  for (const auto& image : settings.images) {
    const auto found = tags.states.find(image.reference.text);
    if (found == tags.states.end() || found->second.digest.empty() ||
        found->second.kind != TagState::Kind::unreachable)
      continue;
    AskedImage& asked = record.images[image.name];
    asked.digest = found->second.digest;
    asked.at = record.changed - 1s;
  }
}

Looked look_at_images(const config::Settings& settings, const json& daemonset, const Tags& tags,
                      const Pods& pods, bool is_rolled_out, bool may_retry, TemplateRecord record,
                      WallTime now) {
  Due due;
  const Looking at{settings, pods, is_rolled_out, may_retry, record.changed, now};
  const WallTime next = next_refresh(daemonset, settings.interval, now);
  const auto add = [&](const std::string& name, const std::string& why, WallTime since) {
    if (due.containers.empty() || since < due.since) due.since = since;
    if (due.detail.empty() && !why.empty()) due.detail = name + " " + why;
    due.containers.push_back(name);
  };
  const auto not_before = [&](WallTime time) {
    due.requeue_at = std::min(due.requeue_at.value_or(time), time);
  };
  for (const auto& image : settings.images) {
    const auto found = tags.states.find(image.reference.text);
    if (found == tags.states.end()) continue;  // with a digest in it, or not asked yet
    const TagState& tag = found->second;
    AskedImage& asked = record.images[image.name];
    const bool is_left_out =
        are_absent_left_out(settings.cache_mode) && has(record.last, image.name);
    const Judgement said = is_left_out ? judge_left_out(tag, asked)
                                       : judge(at, image.name, image.reference.text, tag, asked);
    if (said.earliest) not_before(*said.earliest);
    if (said.notice != nullptr)
      due.notices.push_back({image.name, image.reference.text, said.notice, said.detail});
    if (said.need == Need::by_time) {
      // What was asked for a moment ago, as it is new, is not due with the others.
      const WallTime earliest = std::max(next, asked.at + settings.interval / 2);
      if (now < earliest) {
        not_before(earliest);
        continue;
      }
      due.by_time = true;
      if (tag.kind == TagState::Kind::known) asked.digest = tag.digest;
      add(image.name, "", earliest);
    } else if (said.need != Need::none) {
      asked.is_retried = said.need == Need::other_on_a_node;
      add(image.name, said.why, tag.since);
    } else if (tag.kind == TagState::Kind::known && said.notice == nullptr && is_rolled_out) {
      const auto present = pods.digests_of(image.name, tag.digest, record.changed);
      // Nodes of several platforms may tell several digests, none of them the registry's.
      if (present.size() > 1 && (has(present, tag.digest) || has(present, asked.before)))
        due.disagreeing.push_back(image.reference);
    }
  }
  if (due.detail.empty() && due.by_time)
    due.detail = "last " + to_rfc3339(last_refresh(daemonset, now));
  else if (due.containers.size() > 1)
    due.detail += ", and " + std::to_string(due.containers.size() - 1) + " more";
  return {std::move(due), std::move(record)};
}

}  // namespace kip::core
