#include "metrics/aggregator.h"

#include <utility>

#include "metrics/pages.h"
#include "metrics/submit_method.h"

namespace kip::metrics {

namespace {

HttpServer::Answer say(int status, std::string text) {
  return {.status = status,
          .body = [text = std::move(text)]() mutable { return std::exchange(text, ""); }};
}

}  // namespace

Result<std::unique_ptr<Aggregator>> Aggregator::listen(Loop& loop, const Ports& ports,
                                                       const Limits& limits) {
  std::unique_ptr<Aggregator> made(new Aggregator(limits));
  auto http = HttpServer::listen(
      loop, ports.http,
      [self = made.get()](const HttpServer::Request& request) { return self->answer(request); },
      limits.http);
  if (!http) return http.error();
  made->http_ = std::move(*http);
  auto grpc = rpc::Server::listen(
      "[::]:" + std::to_string(ports.grpc),
      {.path = submit_method.path,
       .on_message = [&results =
                          made->results_](const std::string& bytes) -> std::optional<rpc::Refusal> {
         auto result = from_message(bytes);
         if (!result) return rpc::Refusal{rpc::Code::invalid_argument, "the message is no Result"};
         results.add(*std::move(result));
         return std::nullopt;
       },
       .answer = wire::Empty().SerializeAsString()},
      limits.grpc);
  if (!grpc) return grpc.error();
  made->grpc_ = std::move(*grpc);
  return made;
}

HttpServer::Answer Aggregator::answer(const HttpServer::Request& request) const {
  if (request.path != "/metrics" && request.path != "/healthz")
    return say(404, "there are /metrics and /healthz\n");
  if (request.method != "GET") {
    auto answer = say(405, "expected GET\n");
    answer.allow = "GET";
    return answer;
  }
  if (request.path == "/healthz") return say(200, "ok\n");
  const Form form = form_for(request.accept);
  return {.content_type = content_type(form), .body = pages_of(results_, form)};
}

}  // namespace kip::metrics
