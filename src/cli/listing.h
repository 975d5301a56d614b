// Lists collections of a cluster, one after another, for the subcommands that only read. Warnings
// and errors are on stderr.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/commands.h"
#include "http/transport.h"
#include "kube/pager.h"
#include "loop/loop.h"

namespace kip::cli {

void warn(const std::string& text);
void fail(const std::string& text);
void print(const std::string& text);  // on stdout

struct Collection {
  std::string what;  // for messages: "pods"
  std::string path;
  std::string selectors;  // as they stand in a query, each with its "&"
  std::function<void(const json& object)> on_object;
};

class Listing {
 public:
  Listing(Loop& loop, http::Transport& transport, std::vector<Collection> collections)
      : loop_(loop), transport_(transport), collections_(std::move(collections)) {}

  // 0, or why there is nothing to print: the cluster does not answer, or nothing may be listed.
  // What may not be listed is a warning, as long as something may.
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

// Whether the names of namespaces are such; what is not would change the meaning of a query.
bool are_namespaces(const WorkloadFilter& filter);

// A collection of what the filter leaves; `fields`: more field selectors, with commas between.
Collection filtered(const WorkloadFilter& filter, const std::string& api, const std::string& plural,
                    std::function<void(const json&)> on_object, const std::string& fields = "");

}  // namespace kip::cli
