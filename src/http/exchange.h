// One request on one client: sent, answered or failed, once. cpprestsdk's tasks and exceptions end
// here. Internal to the client. Belongs to the loop; kept alive by the library while it runs, and
// by whoever started it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/client.h"
#include "http/line_splitter.h"
#include "http/route.h"
#include "http/tls.h"
#include "http/transport.h"

namespace web::http {
class http_request;
class http_response;
}  // namespace web::http
namespace pplx {
class cancellation_token_source;
}

namespace kip::http {

struct ExchangeSettings {
  Request request;
  std::shared_ptr<Route> route;
  std::shared_ptr<Tls> tls;  // null for http://
  Duration deadline;         // for the whole answer; with on_line or on_bytes for its headers
  Duration idle;             // after which the client's own timer ends a stream, for messages
  std::size_t max_body, max_line;
  // Set: a 200 answer is cut into lines, and its Response has no body.
  Client::OnLine on_line;
  // Set: the bytes of a 200 or 206 answer go there.
  Client::OnBytes on_bytes;
};

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  using Outcome = Client::Outcome;

  Exchange(Scheduler& scheduler, ExchangeSettings settings, std::function<void(Outcome)> done);
  ~Exchange();

  void start();
  // No callback comes after this. May be called from inside one.
  void cancel();

 private:
  // Over the route's present address.
  void attempt();
  void send(const Route::Way& way);
  void on_headers(const web::http::http_response& response);
  void on_bytes(std::string_view bytes);
  void take(std::string_view bytes);
  void fail(const Error& failure);
  void too_large(const char* what, std::size_t limit);
  void on_exception(const std::exception_ptr& problem);
  void finish(Outcome outcome);
  Error error(ErrorKind kind, const std::string& what) const;
  void let_go();

  Scheduler& scheduler_;
  ExchangeSettings settings_;
  std::function<void(Outcome)> done_;
  std::unique_ptr<pplx::cancellation_token_source> stop_;
  HandlePtr deadline_, later_, lookup_;
  Route::Way way_;
  std::size_t tried_ = 0;  // addresses where nobody answered
  LineSplitter splitter_;
  Response response_;
  std::string early_;  // bytes that came before the status was known
  bool over_ = false, lines_ = false, bytes_ = false;
};

}  // namespace kip::http
