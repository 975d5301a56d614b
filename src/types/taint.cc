#include "types/taint.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "types/dns_name.h"

namespace kip::types {

namespace {

constexpr std::array<std::string_view, 3> effects{"NoSchedule", "PreferNoSchedule", "NoExecute"};

}  // namespace

std::string Taint::text() const { return key + (value.empty() ? "" : "=" + value) + ":" + effect; }

bool Taint::is(const json& taint) const {
  return string_at(taint, "/key") == key && string_at(taint, "/effect") == effect &&
         (value.empty() || string_at(taint, "/value") == value);
}

json Taint::toleration() const {
  json made = {{"key", key}, {"operator", value.empty() ? "Exists" : "Equal"}, {"effect", effect}};
  if (!value.empty()) made["value"] = value;
  return made;
}

Result<Taint> parse_taint(std::string_view text) {
  const auto refused = [&](const std::string& problem) {
    return permanent(kip::quoted(text) + " is no taint: " + problem +
                     "; expected key[=value]:effect, such as image-puller/not-warm:NoSchedule");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refused("it has no effect");
  const std::string_view before = text.substr(0, colon), effect = text.substr(colon + 1);
  if (std::find(effects.begin(), effects.end(), effect) == effects.end())
    return refused("the effect is " + kip::quoted(effect) +
                   ", not NoSchedule, PreferNoSchedule or NoExecute");
  const auto equals = std::min(before.find('='), before.size());
  const std::string_view key = before.substr(0, equals);
  const bool has_value = equals < before.size();
  const std::string_view value = has_value ? before.substr(equals + 1) : std::string_view();
  if (auto good = check_qualified_name(key); !good)
    return refused("the key " + good.error().message);
  if (auto good = check_label_value(value); !good)
    return refused("the value " + good.error().message);
  return Taint{std::string(key), std::string(value), std::string(effect)};
}

}  // namespace kip::types
