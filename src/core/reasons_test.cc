#include "core/reasons.h"

#include <set>

#include <gtest/gtest.h>

#include "testing/golden.h"

namespace kip::core {
namespace {

// Of pods no line of the log has the reason's name, so its message is what one looks for.
bool is_of_pods(const Reason& reason) {
  return &reason == &reasons::image_pull_failed || &reason == &reasons::container_failed ||
         &reason == &reasons::pod_not_running;
}

TEST(Reasons, TheTableOfTheDocumentationIsThatOfTheGoldenFile) {
  std::string table = "| reason | what it means | what to do |\n|---|---|---|\n";
  for (const Reason* reason : reasons::all) {
    const std::string message = std::string("`") + reason->message + "` in the log; ";
    table += std::string("| `") + reason->name + "` | " + (is_of_pods(*reason) ? message : "") +
             reason->meaning + " | " + reason->remedy + " |\n";
  }
  testing::expect_golden(table, "src/core/testdata/findings.md");
}

TEST(Reasons, EachHasANameOfItsOwnAndWordsForEveryReader) {
  std::set<std::string> names;
  for (const Reason* reason : reasons::all) {
    EXPECT_TRUE(names.insert(reason->name).second) << reason->name;
    for (const char* text : {reason->message, reason->meaning, reason->remedy})
      EXPECT_STRNE(text, "") << reason->name;
  }
}

}  // namespace
}  // namespace kip::core
