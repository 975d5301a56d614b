// What the Docker Engine's words for a failure mean. Pure.
#pragma once

#include <string>

#include "http/transport.h"
#include "registry/credentials.h"
#include "runtime/failure.h"
#include "types/image_reference.h"

namespace kip::docker {

// Of a request that is about no image, and was not answered by 200.
runtime::Failure failure_of(const http::Response& answer);

// Of a pull that was refused before its stream began.
runtime::Failure failure_of(const http::Response& answer, const types::ImageReference& image,
                            const registry::Credentials& shown);

// Of a pull whose stream told of it.
runtime::Failure failure_of(const std::string& words, const types::ImageReference& image,
                            const registry::Credentials& shown);

}  // namespace kip::docker
