#include "config/settings_checks.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "types/quantity.h"

namespace kip::config {

namespace {

constexpr auto error = Problem::Severity::error;
constexpr auto warning = Problem::Severity::warning;

// CRI-O refuses containers with less, and runc before 1.2 needs 11 MiB to start any.
constexpr std::string_view smallest_memory = "12Mi";

// A container beside its name (twice: also in managedFields) and image. In a stored DaemonSet it is
// 735 bytes (measured with Kubernetes 1.34); the rest is for its status, as the pod that is made of
// it is one object, too.
constexpr std::size_t bytes_per_container = 1280;

struct Amount {
  const char* setting;
  std::string text;
  bool limit;
  bool memory;
};

// The amount, or nothing where it was not read or is out of range.
std::optional<types::Quantity> judged(const Amount& amount, Draft& draft) {
  if (amount.text.empty()) return std::nullopt;
  auto quantity = types::Quantity::parse(amount.text);
  if (!quantity) return std::nullopt;
  if (quantity->sign() < 0 || (amount.limit && quantity->sign() == 0)) {
    draft.report(error, amount.setting,
                 kip::quoted(amount.text) +
                     (quantity->sign() < 0 ? " is negative" : " is no limit") + "; expected " +
                     (amount.limit ? "more than 0" : "0 or more"));
    return std::nullopt;
  }
  if (amount.memory && !quantity->is_whole())
    draft.report(
        warning, amount.setting,
        kip::quoted(amount.text) + " is a fraction of a byte" +
            (amount.text.ends_with('m') ? ": \"m\" means thousandths, mega is \"M\"" : "") +
            "; expected whole bytes, such as 20Mi");
  return *quantity;
}

void check_pair(const Amount& request, const Amount& limit, Draft& draft) {
  const auto low = judged(request, draft);
  const auto high = judged(limit, draft);
  if (low && high && low->compare(*high) > 0)
    draft.report(error, request.setting,
                 kip::quoted(request.text) + " is more than " + limit.setting + ", which is " +
                     kip::quoted(limit.text) + "; expected at most the limit");
  const auto least = types::Quantity::parse(smallest_memory);
  if (limit.memory && high && high->compare(*least) < 0)
    draft.report(warning, limit.setting,
                 kip::quoted(limit.text) + " is less than " + std::string(smallest_memory) +
                     ": CRI-O refuses such containers, and runc before 1.2 cannot start them; "
                     "expected " +
                     std::string(smallest_memory) + " or more");
}

void check_size(Draft& draft) {
  const auto& settings = draft.settings;
  std::size_t images = 0;
  for (const auto& image : settings.images)
    images += bytes_per_container + 2 * image.name.size() + image.reference.size();
  std::array<std::pair<const char*, std::size_t>, 5> parts{
      {{"IMAGES", images},
       {"NODE_SELECTOR", to_text(settings.node_selector).size()},
       {"AFFINITY", to_text(settings.affinity).size()},
       {"TOLERATIONS", to_text(settings.tolerations).size()},
       {"DAEMONSET_ANNOTATIONS", to_text(settings.daemonset_annotations).size()}}};
  std::size_t total = 0;
  for (const auto& part : parts) total += part.second;
  if (total <= max_daemonset_bytes) return;
  const auto& largest = *std::max_element(
      parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto kib = [](std::size_t bytes) { return std::to_string(bytes / 1024) + " KiB"; };
  draft.report(error, largest.first,
               "the DaemonSet would take about " + kib(total) + ", of which this setting " +
                   kib(largest.second) + "; expected at most " + kib(max_daemonset_bytes) +
                   ", as Kubernetes stores no object above 1.5 MiB");
}

}  // namespace

void check_settings(Draft& draft) {
  const Resources resources = draft.settings.resources;
  check_pair({"CACHING_MEMORY_REQUEST", resources.memory_request, false, true},
             {"CACHING_MEMORY_LIMIT", resources.memory_limit, true, true}, draft);
  check_pair({"CACHING_CPU_REQUEST", resources.cpu_request, false, false},
             {"CACHING_CPU_LIMIT", resources.cpu_limit, true, false}, draft);
  check_size(draft);
  if (draft.settings.images.empty() || draft.images_strict)
    for (auto& problem : draft.problems)
      if (problem.setting == "IMAGES") problem.severity = error;
}

}  // namespace kip::config
