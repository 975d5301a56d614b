#include "cli/listing.h"

#include <cstddef>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/process.h"
#include "http/io_context.h"
#include "http/transport.h"
#include "kube/access/connect.h"
#include "kube/errors.h"
#include "kube/pager.h"
#include "kube/resource.h"
#include "loop/loop.h"
#include "types/dns_name.h"
#include "types/object.h"

namespace kip::cli {

void warn(const std::string& text) { std::fprintf(stderr, "warning: %s\n", text.c_str()); }
void fail(const std::string& text) { std::fprintf(stderr, "error: %s\n", text.c_str()); }
void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

namespace {

class Listing {
 public:
  Listing(Loop& loop, http::Transport& transport, std::vector<Collection> collections)
      : loop_(loop), transport_(transport), collections_(std::move(collections)) {}

  int run();

 private:
  void list();
  void failed(const http::Error& error);
  void go_on();

  Loop& loop_;
  http::Transport& transport_;
  const std::vector<Collection> collections_;
  std::size_t at_ = 0, listed_ = 0;
  std::optional<kube::Pager> pager_;
  HandlePtr next_;
  int code_ = 0;
};

int Listing::run() {
  next_ = loop_.after(Duration::zero(), [this] { list(); });
  loop_.run();
  pager_.reset();
  return code_;
}

void Listing::list() {
  const Collection& collection = collections_[at_];
  pager_.emplace(
      transport_, collection.path, collection.selectors,
      kube::Pager::Sink{
          .on_object = [&collection](const json& object) { collection.on_object(object); },
          .on_too_large =
              [&collection](const json& object) {
                warn(object::key(object) + " of " + collection.what +
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

void Listing::failed(const http::Error& error) {
  const std::string message = "cannot list " + collections_[at_].what + ": " + error.message;
  if (kube::is_forbidden(error) || kube::is_not_found(error)) {
    warn(message);
    return go_on();
  }
  fail(message);
  code_ = kube::is_refusal(error) ? exit_usage : exit_unavailable;
  loop_.stop();
}

// Not from inside the pager's own callback.
void Listing::go_on() {
  next_ = loop_.after(Duration::zero(), [this] {
    if (++at_ < collections_.size()) return list();
    if (listed_ == 0) {
      fail("there is no kind of workload that may be listed");
      code_ = exit_no_permission;
    }
    loop_.stop();
  });
}

// What is no name would change the meaning of a query.
bool are_namespaces(const WorkloadFilter& filter) {
  std::vector<std::string> names = filter.ignored_namespaces;
  if (!filter.namespace_name.empty()) names.push_back(filter.namespace_name);
  bool are_good = true;
  for (const auto& name : names)
    if (const auto good = types::check_dns_label(name); !good) {
      fail("namespace " + good.error().message);
      are_good = false;
    }
  return are_good;
}

}  // namespace

int list(const Environment& environment, const WorkloadFilter& filter,
         std::vector<Collection> collections) {
  set_up_heap();
  if (!are_namespaces(filter)) return exit_usage;
  Loop loop{http::io_context()};
  const auto connection = kube::connect(environment, loop);
  if (!connection) {
    fail("cannot reach a cluster: " + connection.error().message);
    return exit_config;
  }
  return Listing(loop, *connection->transport, std::move(collections)).run();
}

// The server leaves out what is not wanted: less comes.
Collection filtered(const WorkloadFilter& filter, const std::string& api, const std::string& plural,
                    std::function<void(const json&)> on_object, const std::string& fields) {
  std::string selectors;
  if (!filter.selector.empty()) selectors += "&labelSelector=" + percent_encoded(filter.selector);
  std::vector<std::string> all = split(fields, ',');
  for (const auto& name : filter.ignored_namespaces) all.push_back("metadata.namespace!=" + name);
  if (!all.empty()) selectors += "&fieldSelector=" + percent_encoded(joined(all, ","));
  return {plural, kube::Collection{{api, plural}, filter.namespace_name}.path(),
          std::move(selectors), std::move(on_object)};
}

}  // namespace kip::cli
