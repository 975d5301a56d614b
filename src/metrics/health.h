// How long-running programs of ours say that they are well, in the form of kubernetes-warm-images.
#pragma once

#include <string>

#include "metrics/http_server.h"

namespace kip::metrics {

// {"bool":true,"msg":""}, or what is wrong in `msg`.
std::string health_json(const std::string& trouble);

// The same with 200, or 500.
HttpServer::Answer health_answer(const std::string& trouble);

// An answer whose body is this.
HttpServer::Answer answer_of(int status, std::string content_type, std::string body);

}  // namespace kip::metrics
