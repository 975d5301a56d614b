// Golden files: text that is pinned, so that a change of it shows in review as one of a file.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace kip::testing {

// `path` from the project's root.
inline std::string golden_text(const std::string& path) {
  std::stringstream pinned;
  pinned << std::ifstream(path).rdbuf();
  return pinned.str();
}

// With KIP_UPDATE_GOLDEN set the file is written first.
inline void expect_golden(const std::string& text, const std::string& path) {
  if (std::getenv("KIP_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, golden_text(path)) << "differs from " << path;
}

}  // namespace kip::testing
