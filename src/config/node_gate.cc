#include "config/node_gate.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "types/image_reference.h"

namespace kip::config {

namespace {

using namespace std::chrono_literals;

constexpr Duration shortest_deadline = 1s, longest_deadline = 24h;

// Kubernetes keeps these domains, and what is below them, for itself.
bool is_of_kubernetes(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string domain = "." + std::string(key.substr(0, slash));
  return domain.ends_with(".kubernetes.io") || domain.ends_with(".k8s.io");
}

bool is_name_or_reference(const std::string& entry) {
  return types::parse_image_reference(entry).ok();  // which a name is, too
}

}  // namespace

Result<types::Taint> parse_gate_taint(std::string_view text) {
  auto taint = types::parse_taint(text);
  if (taint && is_of_kubernetes(taint->key))
    return permanent("the key " + kip::quoted(taint->key) +
                     " is one of Kubernetes' own, which is not taken off; expected one of yours, "
                     "such as image-puller/not-warm:NoSchedule");
  return taint;
}

bool means(std::string_view entry, const CachedImage& image) {
  if (entry == image.name || entry == image.reference.text) return true;
  const auto reference = types::parse_image_reference(entry);
  return reference && reference->full() == image.reference.full();
}

Result<std::vector<std::string>> parse_gate_images(std::string_view text) {
  std::vector<std::string> images;
  for (const auto& part : split(text, ';')) {
    std::string entry(trimmed(part));
    if (entry.empty() || std::find(images.begin(), images.end(), entry) != images.end()) continue;
    if (!is_name_or_reference(entry))
      return permanent(kip::quoted(entry) +
                       " is neither a name in IMAGES nor an image reference; expected "
                       "name;registry.example/tools:1.2;");
    images.push_back(std::move(entry));
  }
  return images;
}

Result<std::vector<std::string>> gate_images_of(const json& list) {
  if (!list.is_array()) return permanent(kip::quoted(to_text(list), 60) + "; expected a list");
  std::string text;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string entry = list[i].is_string() ? list[i].get<std::string>() : to_text(list[i]);
    if (!list[i].is_string() || !is_name_or_reference(entry))
      return permanent("entry " + std::to_string(i + 1) + ": " + kip::quoted(entry, 60) +
                       " is neither the name of an image of the list nor an image reference; "
                       "expected one");
    text += entry + ";";
  }
  return parse_gate_images(text);
}

Problems check_gate_images(const Settings& settings) {
  Problems problems;
  const auto& images = settings.images;
  for (const auto& entry : settings.node_gate.images)
    if (std::none_of(images.begin(), images.end(),
                     [&](const auto& image) { return means(entry, image); }))
      problems.push_back({Problem::Severity::warning, "",
                          kip::quoted(entry) +
                              " is neither the name nor the reference of an image of IMAGES: no "
                              "node waits for it" +
                              (has_image_sources(settings) ? ", unless a source names it" : "")});
  return problems;
}

Result<Duration> parse_gate_deadline(std::string_view text) {
  const auto deadline = parse_go_duration(text);
  if (!deadline) return deadline.error();
  if (*deadline < shortest_deadline || *deadline > longest_deadline)
    return permanent(kip::quoted(text) + " is out of range; expected from 1s to 24h");
  return *deadline;
}

}  // namespace kip::config
