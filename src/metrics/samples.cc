#include "metrics/samples.h"

namespace kip::metrics {

namespace {

std::string seconds(std::uint64_t milliseconds) {
  const std::string fraction = std::to_string(1000 + milliseconds % 1000);
  return std::to_string(milliseconds / 1000) + "." + fraction.substr(1);
}

std::string label(const char* name, const std::string& value) {
  std::string text = std::string(name) + "=\"";
  for (const char c : value) {
    if (c == '\n')
      text += "\\n";
    else if (c == '"' || c == '\\')
      (text += '\\') += c;
    else
      text += c;
  }
  return text + "\"";
}

std::string head(const std::string& name, const char* type, const std::string& help) {
  return "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

}  // namespace

const std::vector<Family>& families() {
  static const std::vector<Family> all = {
      {"image_puller_pull_duration_seconds",
       "How long the last attempt to pull the image on the node took.",
       [](const PullResult& result) { return seconds(result.duration_ms); }},
      {"image_puller_pull_started_timestamp_seconds",
       "When the last attempt to pull the image on the node began.",
       [](const PullResult& result) { return std::to_string(result.started_at); }},
      {"image_puller_pull_failed",
       "1 if the last attempt to pull the image on the node failed, else 0.",
       [](const PullResult& result) { return std::string(result.error.empty() ? "0" : "1"); }},
      {"image_puller_image_size_bytes",
       "Size of the image on the node, as its container runtime counts it.",
       [](const PullResult& result) {
         return result.size_bytes == 0 ? "" : std::to_string(result.size_bytes);
       }},
  };
  return all;
}

std::string head_of(const Family& family) { return head(family.name, "gauge", family.help); }

std::string sample_of(const Family& family, const PullResult& result) {
  const std::string value = family.value(result);
  if (value.empty()) return "";
  return std::string(family.name) + "{" + label("image", result.image) + "," +
         label("node", result.node) + "," +
         label("result", result.error.empty() ? "succeeded" : "failed") + "} " + value + "\n";
}

std::string totals(const Results::Counts& counts, bool is_openmetrics) {
  const auto counter = [&](const std::string& name, const char* help, std::uint64_t value) {
    return head(is_openmetrics ? name : name + "_total", "counter", help) + name + "_total " +
           std::to_string(value) + "\n";
  };
  return counter("image_puller_results_received", "Results that agents sent.", counts.received) +
         counter("image_puller_results_dropped", "Results that were dropped, the oldest first.",
                 counts.dropped) +
         head("image_puller_results", "gauge", "Results that are kept.") + "image_puller_results " +
         std::to_string(counts.kept) + "\n";
}

}  // namespace kip::metrics
