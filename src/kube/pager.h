// Lists a collection, page by page, whatever the size of what is in it: a page that is too large is
// asked for again with fewer objects, and one object that is too large by itself is passed by.
// Kubernetes API concepts, "Retrieving large results sets in chunks". Belongs to the loop.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "http/transport.h"
#include "loop/scheduler.h"

namespace kip::kube {

class Pager {
 public:
  // Called on the loop's thread. None of them may destroy the Pager.
  struct Sink {
    std::function<void(json& object)> on_object;  // of any shape; may be moved from
    // It takes more than max_body bytes; `object` has its metadata alone.
    std::function<void(const json& object)> on_too_large;
    // The last page was told; `resource_version` is where a watch goes on.
    std::function<void(const std::string& resource_version)> on_listed;
    std::function<void(const http::Error&)> on_failed;
  };
  // `selectors` as they stand in a query, each with its "&".
  Pager(http::Transport& transport, std::string collection, std::string selectors, Sink sink);

  // Begins with the first page; what was under way is given up.
  void start();
  // The query of a page, without its continue token.
  std::string path(int limit) const;

 private:
  void ask();
  void on_page(const http::Answer& answer);
  bool is_list(const json& page);
  void failed(const http::Error& error);
  void pass_one_by();
  void next(const json& page);

  http::Transport& transport_;
  const std::string collection_, selectors_;
  const Sink sink_;
  int limit_;             // objects to ask for in the next page
  std::string continue_;  // where it begins
  HandlePtr request_;
};

}  // namespace kip::kube
