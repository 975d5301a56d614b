#include "http/exchange.h"

#include <utility>

#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include "base/text.h"
#include "base/version.h"
#include "http/http_failure.h"
#include "http/retry_after.h"
#include "http/sink.h"
#include "http/source.h"
#include "loop/loop.h"

namespace kip::http {

namespace web_http = web::http;

namespace {

web_http::http_request make_request(const ExchangeSettings& settings) {
  web_http::http_request request(settings.request.method);
  request.set_request_uri(settings.request.path);
  auto& headers = request.headers();
  headers.add("User-Agent", std::string("kubernetes-image-puller/") + version);
  headers.add("Host", settings.route->host_header());
  headers.add("Accept", settings.request.accept);
  for (const auto& [name, value] : settings.request.headers) headers.add(name, value);
  if (const auto& body = settings.request.body; !body.empty()) {
    request.set_body(make_source(body), body.size(), settings.request.content_type);
  }
  return request;
}

}  // namespace

Exchange::Exchange(Scheduler& scheduler, ExchangeSettings settings,
                   std::function<void(Outcome)> done)
    : scheduler_(scheduler),
      settings_(std::move(settings)),
      done_(std::move(done)),
      stop_(std::make_unique<pplx::cancellation_token_source>()),
      splitter_(settings_.max_line) {}

Exchange::~Exchange() = default;

void Exchange::start() {
  const auto self = shared_from_this();
  deadline_ = scheduler_.after(settings_.deadline, [self] {
    self->fail(self->error(ErrorKind::transient,
                           "no whole answer within " + to_text(self->settings_.deadline)));
  });
  attempt();
}

void Exchange::attempt() {
  if (const auto way = settings_.route->ready()) return send(way);
  lookup_ = settings_.route->look_up([self = shared_from_this()](const Result<Route::Way>& way) {
    const auto alive = self;
    const HandlePtr ended = std::move(alive->lookup_);
    if (way) return alive->send(*way);
    alive->finish({alive->error(way.error().kind, way.error().message)});
  });
}

void Exchange::send(const Route::Way& way) {
  const auto self = shared_from_this();
  way_ = way;
  try {
    auto request = make_request(settings_);
    request.set_response_stream(
        make_sink([self](std::string_view bytes) { self->on_bytes(bytes); }));
    way->request(request, stop_->get_token())
        .then([self](const web_http::http_response& response) {
          self->on_headers(response);
          return response.content_ready();
        })
        .then([self](const pplx::task<web_http::http_response>& task) {
          try {
            task.get();
          } catch (...) {
            return self->on_exception(std::current_exception());
          }
          self->finish({std::move(self->response_)});
        });
  } catch (const std::exception& e) {
    // Not one of the network: a path or a method that the library refuses.
    // The library's words may hold the path.
    const bool tells = settings_.request.shown_path.empty();
    later_ = scheduler_.after(Duration::zero(), [self, what = std::string(tells ? e.what() : "")] {
      self->finish({self->error(ErrorKind::permanent, "cannot be sent: " + what)});
    });
  }
}

void Exchange::on_headers(const web_http::http_response& response) {
  assert_on_loop();
  if (over_) return;
  // The library takes an interim answer for the last one; that comes next on this connection, and
  // would be taken for the answer to another request.
  if (response.status_code() < 200) {
    settings_.route->drop(way_);
    return finish(
        {error(ErrorKind::transient, "answered " + std::to_string(response.status_code()) +
                                         " before its answer, which is not supported")});
  }
  response_.status = response.status_code();
  for (const auto& [name, value] : response.headers()) response_.headers[name] = value;
  const auto wish = response_.headers.find("Retry-After");
  if (wish != response_.headers.end())
    response_.retry_after = parse_retry_after(wish->second, scheduler_.wall_now());
  lines_ = settings_.on_line && response_.status == 200;
  bytes_ = settings_.on_bytes && (response_.status == 200 || response_.status == 206);
  if (lines_ || bytes_) deadline_.reset();
  take(std::exchange(early_, {}));
}

void Exchange::on_bytes(std::string_view bytes) {
  assert_on_loop();
  if (over_) return;
  if (response_.status != 0) return take(bytes);
  early_ += bytes;
  if (early_.size() > settings_.max_body) too_large("a body", settings_.max_body);
}

void Exchange::take(std::string_view bytes) {
  if (bytes_) {
    const auto self = shared_from_this();  // the receiver may give us up
    if (!bytes.empty()) settings_.on_bytes(response_, bytes);
    return;
  }
  if (!lines_) {
    if (response_.body.size() + bytes.size() > settings_.max_body)
      return too_large("a body", settings_.max_body);
    response_.body += bytes;
    return;
  }
  const auto self = shared_from_this();  // a line's receiver may give us up
  const bool fits = splitter_.feed(bytes, [this](std::string_view line) {
    settings_.on_line(line);
    return !over_;
  });
  if (!fits && !over_) too_large("a line", settings_.max_line);
}

Error Exchange::error(ErrorKind kind, const std::string& what) const {
  const auto& shown = settings_.request.shown_path;
  return {kind, settings_.request.method + " " +
                    quoted(shown.empty() ? settings_.request.path : shown, 300) + " at " +
                    settings_.route->where() + ": " + what};
}

// Ends the exchange from our side. Deferred, as the library may be in the middle of a read.
void Exchange::fail(const Error& failure) {
  if (over_ || later_) return;
  later_ = scheduler_.after(Duration::zero(), [self = shared_from_this(), failure] {
    const std::shared_ptr<Exchange> alive = self;  // finish() lets go of this very callback
    alive->stop_->cancel();
    alive->finish({failure});
  });
}

void Exchange::too_large(const char* what, std::size_t limit) {
  Error failure = error(ErrorKind::transient,
                        std::string(what) + " of more than " + std::to_string(limit) + " bytes");
  failure.too_large = true;
  fail(failure);
}

void Exchange::on_exception(const std::exception_ptr& problem) {
  if (over_) return;
  const HttpFailure failure = to_failure(problem, settings_.idle);
  if (failure.kind == ErrorKind::unreachable) {  // nothing was sent
    if (++tried_ < settings_.route->addresses()) {
      settings_.route->avoid(way_);
      return attempt();
    }
    settings_.route->forget();
  }
  const bool before = response_.status == 0;
  if (failure.in_handshake && settings_.tls && !settings_.tls->distrust().empty())
    return finish(
        {error(ErrorKind::permanent, "the server is not trusted: " + settings_.tls->distrust())});
  finish({error(failure.kind, failure.what), failure.broken && before});
}

void Exchange::let_go() {
  over_ = true;
  deadline_.reset();
  later_.reset();
  lookup_.reset();
}

void Exchange::finish(Outcome outcome) {
  if (over_) return;
  const auto self = shared_from_this();
  let_go();
  outcome.has_status = response_.status != 0;
  const auto done = std::exchange(done_, nullptr);
  done(std::move(outcome));
}

void Exchange::cancel() {
  if (over_) return;
  let_go();
  // Posted: the library may be calling us from the middle of a read.
  crossplat::threadpool::shared_instance().service().post(
      [self = shared_from_this()] { self->stop_->cancel(); });
}

}  // namespace kip::http
