#include "core/schedule.h"

#include "core/names.h"

namespace kip::core {

using namespace std::chrono_literals;

namespace {

// FNV-1a: any spread will do, and std::hash may differ between builds.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037ULL;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return value;
}

std::string refreshed_text(const json& daemonset) {
  const json& annotations = object_at(daemonset, "/spec/template/metadata/annotations");
  const auto found = annotations.find(refreshed_at);
  return found != annotations.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

WallTime last_refresh(const json& daemonset, WallTime now) {
  constexpr Duration clock_skew = 5min;
  auto time = from_rfc3339(refreshed_text(daemonset));
  if (!time) time = from_rfc3339(string_at(daemonset, "/metadata/creationTimestamp"));
  return time && *time <= now + clock_skew ? *time : WallTime{};
}

WallTime next_refresh(const json& daemonset, Duration interval, WallTime now) {
  const std::uint64_t draw =
      hash(string_at(daemonset, "/metadata/uid") + refreshed_text(daemonset)) % 2001;
  const Duration jitter{interval.count() / 10 * (static_cast<Duration::rep>(draw) - 1000) / 1000};
  return last_refresh(daemonset, now) + interval + jitter;
}

}  // namespace kip::core
