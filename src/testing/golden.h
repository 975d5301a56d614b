// Golden files: text that is pinned, so that a change of it shows in review as one of a file.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace kip::testing {

// `path` from the project's root. With KIP_UPDATE_GOLDEN set the file is written first.
inline void expect_golden(const std::string& text, const std::string& path) {
  if (std::getenv("KIP_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::stringstream pinned;
  pinned << std::ifstream(path).rdbuf();
  EXPECT_EQ(text, pinned.str()) << "differs from " << path;
}

}  // namespace kip::testing
