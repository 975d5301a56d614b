#include "config/images.h"

#include <cstdio>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/process.h"
#include "discovery/image_usage.h"
#include "discovery/usage_text.h"
#include "http/io_context.h"
#include "kube/access/connect.h"
#include "kube/errors.h"
#include "kube/pager.h"
#include "kube/resource.h"
#include "loop/loop.h"
#include "types/dns_name.h"
#include "types/image_names.h"
#include "types/image_reference.h"
#include "types/object.h"
#include "yaml/to_yaml.h"

namespace kip::cli {

namespace {

using discovery::UsedImage;
using discovery::workload_kinds;
using discovery::WorkloadKind;

void warn(const std::string& text) { std::fprintf(stderr, "warning: %s\n", text.c_str()); }
void fail(const std::string& text) { std::fprintf(stderr, "error: %s\n", text.c_str()); }

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// As they stand in a query, each with its "&". The server leaves out what is not wanted: less
// comes.
std::string selectors(const ImagesOptions& options) {
  std::string text;
  if (!options.selector.empty()) text += "&labelSelector=" + percent_encoded(options.selector);
  std::vector<std::string> fields;
  for (const auto& name : options.ignored_namespaces)
    fields.push_back("metadata.namespace!=" + name);
  if (!fields.empty()) text += "&fieldSelector=" + percent_encoded(joined(fields, ","));
  return text;
}

// Lists one kind after another, on the loop, and counts what is in the pages as they come.
class Listing {
 public:
  Listing(Loop& loop, http::Transport& transport, const ImagesOptions& options)
      : loop_(loop), transport_(transport), options_(options) {}

  // 0, or why there is nothing to print. Warnings are on stderr.
  int run() {
    next_ = loop_.after(Duration::zero(), [this] { list(); });
    loop_.run();
    pager_.reset();
    return code_;
  }
  std::vector<UsedImage> images() const { return usage_.images(); }

 private:
  void list() {
    const WorkloadKind& kind = workload_kinds[at_];
    pager_.emplace(transport_,
                   kube::Collection{{kind.api, kind.plural}, options_.namespace_name}.path(),
                   selectors(options_),
                   kube::Pager::Sink{
                       .on_object = [this, &kind](const json& object) { usage_.add(kind, object); },
                       .on_too_large =
                           [&kind](const json& object) {
                             warn(std::string(kind.name) + " " + object::key(object) +
                                  " is left out, it is too large");
                           },
                       .on_listed =
                           [this](const std::string&) {
                             ++listed_;
                             go_on();
                           },
                       .on_failed = [this](const http::Error& error) { failed(error); }});
    pager_->start();
  }

  void failed(const http::Error& error) {
    const std::string plural(workload_kinds[at_].plural);
    if (kube::is_forbidden(error) || kube::is_not_found(error)) {
      warn("cannot list " + plural + ": " + error.message);
      return go_on();
    }
    fail("cannot list " + plural + ": " + error.message);
    code_ = kube::is_refusal(error) ? exit_usage : exit_unavailable;
    loop_.stop();
  }

  // Not from inside the pager's own callback.
  void go_on() {
    next_ = loop_.after(Duration::zero(), [this] {
      if (++at_ < std::size(workload_kinds)) return list();
      if (listed_ == 0) {
        fail("there is no kind of workload that may be listed");
        code_ = exit_no_permission;
      }
      loop_.stop();
    });
  }

  Loop& loop_;
  http::Transport& transport_;
  const ImagesOptions& options_;
  discovery::ImageUsage usage_;
  std::size_t at_ = 0, listed_ = 0;
  std::optional<kube::Pager> pager_;
  HandlePtr next_;
  int code_ = 0;
};

// Those that a list may hold.
std::vector<types::ImageReference> references(const std::vector<UsedImage>& images) {
  std::vector<types::ImageReference> good;
  for (const auto& used : images) {
    auto parsed = types::parse_image_reference(used.image);
    if (parsed)
      good.push_back(*std::move(parsed));
    else
      warn("left out: " + parsed.error().message);
  }
  return good;
}

std::string as_list(const std::vector<UsedImage>& images) {
  std::string text;
  for (const auto& image : references(images)) text += image.text + "\n";
  return text;
}

std::string as_setting(const std::vector<UsedImage>& images) {
  const auto good = references(images);
  const auto names = types::names_of(good, {std::string(config::init_container_name)});
  std::string text;
  for (std::size_t i = 0; i < good.size(); ++i) text += names[i] + "=" + good[i].text + ";";
  return text.empty() ? text : text + "\n";
}

std::string in_form(const std::vector<UsedImage>& images, ImagesOutput output) {
  switch (output) {
    case ImagesOutput::table:
      return discovery::usage_table(images);
    case ImagesOutput::json:
      return discovery::usage_json(images).dump(2) + "\n";
    case ImagesOutput::yaml:
      return to_yaml(discovery::usage_json(images));
    case ImagesOutput::images:
      return as_setting(images);
    case ImagesOutput::list:
      return as_list(images);
  }
  return {};
}

// What would change the meaning of a query.
bool are_names(const ImagesOptions& options) {
  std::vector<std::string> names = options.ignored_namespaces;
  if (!options.namespace_name.empty()) names.push_back(options.namespace_name);
  bool are_good = true;
  for (const auto& name : names)
    if (const auto good = types::check_dns_label(name); !good) {
      fail("namespace " + good.error().message);
      are_good = false;
    }
  return are_good;
}

}  // namespace

int images(const Environment& environment, const ImagesOptions& options) {
  set_up_heap();
  if (!are_names(options)) return exit_usage;
  Loop loop{http::io_context()};
  const auto connection = kube::connect(environment, loop);
  if (!connection) {
    fail("cannot reach a cluster: " + connection.error().message);
    return exit_config;
  }
  Listing listing(loop, *connection->transport, options);
  if (const int code = listing.run(); code != 0) return code;
  print(in_form(listing.images(), options.output));
  return 0;
}

}  // namespace kip::cli
