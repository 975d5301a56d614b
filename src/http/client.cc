#include "http/client.h"

#include <utility>

#include "http/exchange.h"
#include "http/route.h"
#include "loop/cancel_handle.h"

namespace kip::http {

struct Client::State {
  Scheduler& scheduler;
  const std::shared_ptr<Tls> tls;
  const Options options;
  const std::shared_ptr<Route> route;
};

Client::Client(Scheduler& scheduler, const ServerUrl& server, std::shared_ptr<Tls> tls,
               Options options)
    : state_(new State{scheduler, tls, options,
                       std::make_shared<Route>(scheduler, server, tls, options)}) {}

Client::~Client() = default;

HandlePtr Client::send(Request request, Duration deadline, OnLine on_line,
                       std::function<void(Outcome)> done) {
  return begin(std::move(request), deadline, std::move(on_line), nullptr, std::move(done));
}

HandlePtr Client::download(Request request, Duration deadline, OnBytes on_bytes,
                           std::function<void(Outcome)> done) {
  return begin(std::move(request), deadline, nullptr, std::move(on_bytes), std::move(done));
}

HandlePtr Client::begin(Request request, Duration deadline, OnLine on_line, OnBytes on_bytes,
                        std::function<void(Outcome)> done) {
  auto exchange = std::make_shared<Exchange>(state_->scheduler,
                                             ExchangeSettings{.request = std::move(request),
                                                              .route = state_->route,
                                                              .tls = state_->tls,
                                                              .deadline = deadline,
                                                              .idle = state_->options.idle,
                                                              .max_body = state_->options.max_body,
                                                              .max_line = state_->options.max_line,
                                                              .on_line = std::move(on_line),
                                                              .on_bytes = std::move(on_bytes)},
                                             std::move(done));
  exchange->start();
  return cancel_handle(std::move(exchange));
}

}  // namespace kip::http
