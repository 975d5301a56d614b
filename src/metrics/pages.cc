#include "metrics/pages.h"

#include <charconv>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "metrics/samples.h"

namespace kip::metrics {

namespace {

// Bytes of a page: a write or two to a socket.
constexpr std::size_t page_size = 64 << 10;

struct MediaRange {
  std::string type;  // with the parameter version, if it has one: "text/plain;version=0.0.4"
  double weight = 1;
};

// Of what cannot be read, the weight is 0.
double weight_of(std::string_view text) {
  double weight = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), weight);
  return failed == std::errc() && end == text.data() + text.size() ? weight : 0;
}

MediaRange media_range(std::string_view text) {
  MediaRange range;
  for (const auto& part : split(text, ';')) {
    const std::string word = lowered(trimmed(part));
    if (range.type.empty())
      range.type = word;
    else if (word.starts_with("q="))
      range.weight = weight_of(std::string_view(word).substr(2));
    else if (word.starts_with("version="))
      range.type += ";" + word;
  }
  return range;
}

class JsonPages {
 public:
  explicit JsonPages(const Results& results) : results_(results) {}

  std::string operator()() {
    if (is_over_) return "";
    std::string page = is_first_ ? "[" : "";
    const auto next = results_.visit(next_, [&](const PullResult& result) {
      if (!std::exchange(is_first_, false)) page += ",";
      page += json_of(result);
      return page.size() < page_size;
    });
    next_ = next.value_or(0);
    if (next) return page;
    is_over_ = true;
    return page + "]\n";
  }

 private:
  const Results& results_;
  Results::Place next_ = 0;
  bool is_first_ = true, is_over_ = false;
};

class PrometheusPages {
 public:
  PrometheusPages(const Results& results, bool is_openmetrics)
      : results_(results), is_openmetrics_(is_openmetrics), places_(results.latest()) {}

  std::string operator()() {
    std::string page;
    while (page.size() < page_size && family_ < families().size()) {
      if (!std::exchange(has_head_, true)) page += head_of(families()[family_]);
      while (page.size() < page_size && next_ < places_.size())
        if (const auto result = results_.at(places_[next_++]))
          page += sample_of(families()[family_], *result);
      if (next_ < places_.size()) break;
      ++family_;
      next_ = 0;
      has_head_ = false;
    }
    if (family_ < families().size() || is_over_) return page;
    is_over_ = true;
    page += totals(results_.counts(), is_openmetrics_);
    return is_openmetrics_ ? page + "# EOF\n" : page;
  }

 private:
  const Results& results_;
  const bool is_openmetrics_;
  const std::vector<Results::Place> places_;
  std::size_t family_ = 0, next_ = 0;
  bool has_head_ = false, is_over_ = false;  // has_head_: of this family
};

}  // namespace

Form form_for(std::string_view accept) {
  Form form = Form::json;
  double best = 0;
  for (const auto& text : split(accept, ',')) {
    const MediaRange range = media_range(text);
    Form found = Form::json;
    if (range.type.starts_with("application/openmetrics-text"))
      found = Form::openmetrics;
    else if (range.type == "text/plain;version=0.0.4")
      found = Form::prometheus;
    else if (range.type != "application/json")
      continue;
    if (range.weight > best) {
      best = range.weight;
      form = found;
    }
  }
  return form;
}

const char* content_type(Form form) {
  switch (form) {
    case Form::prometheus:
      return "text/plain; version=0.0.4; charset=utf-8";
    case Form::openmetrics:
      return "application/openmetrics-text; version=1.0.0; charset=utf-8";
    case Form::json:
      break;
  }
  return "application/json";
}

std::string json_of(const PullResult& result) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  const auto add = [&](const char* name, const auto& value) {
    if (value != std::decay_t<decltype(value)>()) object[name] = value;
  };
  add("attempt_id", result.attempt_id);
  add("started_at", result.started_at);
  add("image", result.image);
  add("error", result.error);
  add("duration_ms", result.duration_ms);
  add("node", result.node);
  add("size_bytes", result.size_bytes);
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Pages pages_of(const Results& results, Form form) {
  if (form == Form::json) return JsonPages(results);
  return PrometheusPages(results, form == Form::openmetrics);
}

}  // namespace kip::metrics
