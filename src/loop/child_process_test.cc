#include "loop/child_process.h"

#include <optional>

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>

#include "loop/loop.h"

namespace kip {
namespace {

using namespace std::chrono_literals;

class ChildProcessTest : public ::testing::Test {
 protected:
  Result<ChildOutput> run(const std::string& script, const std::string& input) {
    std::optional<Result<ChildOutput>> output;
    const auto child =
        run_child(loop_, {.command = {"sh", "-c", script}, .input = input, .deadline = 1min},
                  [&](Result<ChildOutput> result) {
                    output = std::move(result);
                    loop_.stop();
                  });
    loop_.run();
    return *output;
  }

  boost::asio::io_context io_;
  Loop loop_{io_};
};

TEST_F(ChildProcessTest, AProgramReadsWhatItIsGivenToItsEnd) {
  EXPECT_EQ(run("cat; echo end", "")->out, "end\n");
  EXPECT_EQ(run("cat; echo end", "two\nlines\n")->out, "two\nlines\nend\n");
  const std::string long_text(900'000, 'x');  // more than a pipe holds
  EXPECT_EQ(run("cat", long_text)->out, long_text);
}

TEST_F(ChildProcessTest, AProgramNeedNotReadWhatItIsGiven) {
  const auto output = run("exec 0<&-; exit 3", std::string(900'000, 'x'));
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(output->exit_code, 3);
}

}  // namespace
}  // namespace kip
