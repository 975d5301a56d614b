// Safe reading of JSON that somebody else wrote: an absent member or one of another type reads as
// empty, never as an exception. Paths are JSON Pointers without escapes (RFC 6901):
// "/spec/replicas".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace kip {

using json = nlohmann::json;

// The value that a text is, or one that is_discarded() where it is no JSON.
json parse_json(std::string_view text);
// The same without the members `key` of objects at this depth, the outermost being 1; what is left
// out is not built.
json parse_json_without(std::string_view key, int depth, std::string_view text);

// The value at `path`, or a null value where any part of the path is missing. Array indices are
// not taken. The reference lives as long as `root`.
const json& at(const json& root, std::string_view path);

std::string string_at(const json& root, std::string_view path);  // "" where it is not a string
std::int64_t int_at(const json& root, std::string_view path);    // 0 where it is not an integer
bool has(const json& root, std::string_view path);               // there, and not null

// The array at `path`, or an empty array.
const json& array_at(const json& root, std::string_view path);
// The object at `path`, or an empty object.
const json& object_at(const json& root, std::string_view path);

// Compact text of a value; bytes that are no UTF-8 are replaced, so it never fails.
std::string to_text(const json& value);

// "an object", "a string", …: for messages.
const char* json_type_name(const json& value);

}  // namespace kip
