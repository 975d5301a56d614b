// What is new in the list of a source, for the log.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "controller/image_source.h"

namespace kip::controller {

// The first ten, with ", …" where there are more.
std::string shown_names(const std::vector<std::string_view>& names);

// Says `what` with the number of images now, the names of those that have come and gone, and
// `more`.
void log_image_news(const char* what, const std::vector<WantedImage>& before,
                    const std::vector<WantedImage>& now, log::Fields more = {});

}  // namespace kip::controller
