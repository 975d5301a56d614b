#include <cstdlib>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/output.h"
#include "base/log.h"

namespace kip::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A terminal: what is written at one end is read at the other.
class TerminalOutputTest : public ::testing::Test {
 protected:
  TerminalOutputTest() : ours_(posix_openpt(O_RDWR | O_NOCTTY)) {
    grantpt(ours_);
    unlockpt(ours_);
    theirs_ = open(ptsname(ours_), O_RDWR | O_NOCTTY);
    set_width(80);
  }
  ~TerminalOutputTest() override {
    close(theirs_);
    close(ours_);
  }

  void set_width(unsigned short columns) {
    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ioctl(theirs_, TIOCSWINSZ, &size);
  }
  // What the terminal got since the last call; it is there as soon as it is written.
  std::string read_all() {
    std::string text;
    char part[4096];
    pollfd ready{ours_, POLLIN, 0};
    while (poll(&ready, 1, 0) > 0) {
      const auto got = read(ours_, part, sizeof part);
      if (got <= 0) break;
      text.append(part, static_cast<std::size_t>(got));
    }
    return text;
  }

  const TotalProgress progress_{
      .images = 2, .done = 1 << 20, .total = 4 << 20, .under_way = {{"r.test/a:1", {1, 2}}}};
  int ours_, theirs_;
};

TEST_F(TerminalOutputTest, BarsTakeThePlaceOfTheLastOnes) {
  const auto output = make_terminal_output(theirs_);
  output->on_progress(progress_);
  const auto first = read_all();
  EXPECT_THAT(first, HasSubstr("r.test/a:1"));
  EXPECT_THAT(first, HasSubstr("0 of 2 images"));
  EXPECT_THAT(first, Not(HasSubstr("\x1b")));
  output->on_progress(progress_);
  EXPECT_EQ(read_all(), "\x1b[2A\x1b[J" + first);
}

TEST_F(TerminalOutputTest, ALineOfTheLogComesInTheirPlaceWhoeverWritesIt) {
  const auto output = make_terminal_output(theirs_);
  output->on_progress(progress_);
  read_all();
  ::testing::internal::CaptureStderr();
  log::info("something else");
  EXPECT_EQ(read_all(), "\x1b[2A\x1b[J");
  log::info("once more");
  EXPECT_EQ(read_all(), "") << "there is nothing to take away any more";
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("something else"));
}

TEST_F(TerminalOutputTest, NothingIsLeftAtTheEnd) {
  auto output = make_terminal_output(theirs_);
  output->on_progress(progress_);
  read_all();
  output.reset();
  EXPECT_EQ(read_all(), "\x1b[2A\x1b[J");
}

TEST_F(TerminalOutputTest, AWindowThatBecomesNarrowCutsTheBars) {
  const auto output = make_terminal_output(theirs_);
  set_width(30);
  output->on_progress(progress_);
  const auto text = read_all();
  EXPECT_LT(text.find('\r'), 30U);
}

}  // namespace
}  // namespace kip::agent
