// What a refused call means for an image. Pure.
#pragma once

#include <string>

#include "registry/credentials.h"
#include "rpc/refusal.h"
#include "runtime/failure.h"
#include "types/image_reference.h"

namespace kip::cri {

// Of a call that is about no image.
runtime::Failure failure_of(const rpc::Refusal& refusal);

// Of a pull: the words of the runtime without what was shown to the registry, in any form that it
// is sent in.
runtime::Failure failure_of(const rpc::Refusal& refusal, const types::ImageReference& image,
                            const registry::Credentials& shown);

}  // namespace kip::cri
