// Parses the JSON that an administrator wrote into a variable, strictly, and says exactly where it
// goes wrong. (nlohmann's parser reads it; by itself it takes duplicate keys, has no limit of
// depth, and its messages are for programmers.) Pure; any thread may call it.
// Source: RFC 8259.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace kip::config {

// Arrays and objects within each other. Affinity, the deepest of the API's types here, has 8.
constexpr int max_json_depth = 64;

// The value in `text`. An error's message begins with "line L, column C: " (both from 1, the column
// in bytes), says what was found and what was expected. Refused beyond RFC 8259: a key that occurs
// twice in an object, more than max_json_depth levels, numbers beyond a double's range, lone
// surrogates. `text` must be well-formed UTF-8 without a zero byte.
Result<json> parse_json_text(std::string_view text);

// Whether there are more than `levels` arrays and objects within each other, and what is said then.
bool is_deeper(const json& value, int levels);
std::string too_deep();

}  // namespace kip::config
