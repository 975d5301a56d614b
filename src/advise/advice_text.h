// An Advice, as text for people, as JSON, and as a value for IMAGES. Pure.
#pragma once

#include <string>
#include <vector>

#include "advise/advice.h"

namespace kip::advise {

// A line for each image, and below it sums in sentences. Times that no Event tells are "-".
std::string advice_table(const Advice& advice);

// {"span": {"from", "to", "events", "untold", "before"} or null,
//  "total", "listed", "unlisted": sums of images; "hitRate" is 0 to 1, or null,
//  "images": [{"image", "name", "advice": "add", "keep", "drop" or "none", "pods", …}]}
// Times are seconds, and null where they are not known.
json advice_json(const Advice& advice);

// `name=image;…` of what is kept and of what is to be added; empty, or with a line end.
std::string advised_images(const Advice& advice);

// What the list has and the proposed one has not.
std::vector<std::string> dropped_images(const Advice& advice);

}  // namespace kip::advise
