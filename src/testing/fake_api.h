// A Transport that records what is asked, holds a few objects, and can be told to fail. It shows
// how our parts behave, not how an API server does: that is what the end-to-end tests are for.
#pragma once

#include <list>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "http/transport.h"
#include "testing/fake_scheduler.h"

namespace kip::testing {

class FakeApi : public http::Transport {
 public:
  explicit FakeApi(FakeScheduler& scheduler) : scheduler_(scheduler) {}

  [[nodiscard]] HandlePtr send(http::Request request,
                               std::function<void(http::Answer)> done) override;
  [[nodiscard]] HandlePtr stream(http::Request request,
                                 std::function<void(std::string_view)> on_line,
                                 std::function<void(http::Answer)> on_end) override;

  // Objects by path, e.g. "/apis/apps/v1/namespaces/n/daemonsets/d". Tells the watches.
  void put(const std::string& path, json object);
  // The same, but no watch is told: what a list is to find.
  void put_quietly(const std::string& path, json object);
  // As after a restore from a backup: an object as it was, and lower versions again.
  void rewind(const std::string& path, json object, int version);
  void remove(const std::string& path);
  const json* find(const std::string& path) const;

  // Answers to come: "METHOD path-without-query" → these, before the objects are looked at. An
  // entry stays until it is taken away.
  std::map<std::string, http::Answer> failures;

  // Writes count the generations of specs, as the API server does: what is written is not observed
  // until a test says so.
  bool counts_generations = false;

  // The same as `failures`, for those that select the object of this name.
  void fail_selected(const std::string& request, const std::string& name, http::Response how) {
    selected_failures_.insert_or_assign({request, name}, std::move(how));
  }

  // Ends every watch, as a server does that goes away.
  void end_watches(const http::Answer& how);
  // Sends a line to every watch of the collection.
  void send_line(const std::string& collection, const std::string& line);
  std::size_t open_watches() const { return watches_.size(); }

  // "METHOD path-without-query" of each request that was not a watch, in order.
  std::vector<std::string> requests;
  std::vector<std::string> watch_paths;
  std::size_t count(const std::string& request) const;
  std::map<std::string, std::string> full_paths;  // of each of them, the last path with its query
  json last_body;
  // The bodies of each "METHOD path-without-query", in order.
  const std::vector<json>& bodies(const std::string& request) { return bodies_[request]; }

 private:
  struct Open {
    std::string collection, query;
    std::function<void(std::string_view)> on_line;
    std::function<void(http::Answer)> on_end;
  };
  struct Stream;

  http::Answer answer(const http::Request& request);
  http::Answer write(const http::Request& request, const std::string& path);
  http::Answer patch(const std::string& path, const json& body);
  http::Answer patch_if(const std::string& path, const json& operations);
  http::Response list(const std::string& collection, const std::string& query) const;
  void tell(const std::string& type, const std::string& path, const json& object);

  FakeScheduler& scheduler_;
  std::map<std::string, json> objects_;
  std::map<std::pair<std::string, std::string>, http::Response> selected_failures_;
  std::map<std::string, std::vector<json>> bodies_;
  std::list<Open> watches_;
  int version_ = 100;
};

inline http::Response status(int code, const std::string& message = "refused",
                             const std::string& reason = "") {
  const json body = {{"kind", "Status"}, {"message", message}, {"reason", reason}, {"code", code}};
  return {code, to_text(body)};
}

}  // namespace kip::testing
