#include "metrics/health.h"

#include <utility>

#include "base/json.h"

namespace kip::metrics {

std::string health_json(const std::string& trouble) {
  const json body = {{"bool", trouble.empty()}, {"msg", trouble}};
  return to_text(body);
}

HttpServer::Answer health_answer(const std::string& trouble) {
  return answer_of(trouble.empty() ? 200 : 500, "application/json", health_json(trouble));
}

HttpServer::Answer answer_of(int status, std::string content_type, std::string body) {
  return {.status = status,
          .content_type = std::move(content_type),
          .body = [text = std::move(body)]() mutable { return std::exchange(text, ""); }};
}

}  // namespace kip::metrics
