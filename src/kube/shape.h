// What an object of the API looks like where code relies on it. Pure.
#pragma once

#include <string>

#include "base/json.h"

namespace kip::kube {

// What is wrong with the shape of an object: metadata is an object with a name, its labels and
// annotations are objects of strings, its owner references a list. Empty: nothing.
std::string shape_problem(const json& object);

}  // namespace kip::kube
