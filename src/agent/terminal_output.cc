// The log, and bars below it. They go away for each line of the log, and come again with the next
// progress: so a line that somebody else writes is never mixed with them.
#include <string>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/bars.h"
#include "agent/output.h"
#include "base/log.h"

namespace kip::agent {

namespace {

constexpr std::size_t usual_width = 80;

class TerminalOutput : public Output {
 public:
  explicit TerminalOutput(int fd) : fd_(fd), log_(make_log_output()) {
    log::set_before_line([this] { erase(); });
  }
  ~TerminalOutput() override {
    log::set_before_line(nullptr);
    erase();
  }

  void on_begin(std::size_t images) override { log_->on_begin(images); }
  void on_attempt(const Attempt& attempt) override { log_->on_attempt(attempt); }
  void on_failed_attempt(const Attempt& attempt, const runtime::Failure& failure,
                         Duration took) override {
    log_->on_failed_attempt(attempt, failure, took);
  }
  void on_wait(const Attempt& attempt, Duration delay) override { log_->on_wait(attempt, delay); }
  void on_ended(const ImageResult& result, const Attempt* attempt) override {
    log_->on_ended(result, attempt);
  }
  void on_progress(const TotalProgress& progress) override {
    const auto lines = bars(progress, width());
    std::string text = std::exchange(eraser_, "");
    for (const auto& line : lines) text += line + "\n";
    eraser_ = "\x1b[" + std::to_string(lines.size()) + "A\x1b[J";  // up, and all below is blank
    put(text);
  }
  Duration progress_pace() const override { return std::chrono::milliseconds(500); }
  void on_all_ended(const std::vector<ImageResult>& results, Duration took) override {
    log_->on_all_ended(results, took);
  }

 private:
  // Asked each time: a window that changes needs no signal.
  std::size_t width() const {
    winsize size{};
    return ioctl(fd_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual_width;
  }

  void erase() { put(std::exchange(eraser_, "")); }

  // What a terminal does not take is of no use later.
  void put(const std::string& text) const {
    if (!text.empty() && write(fd_, text.data(), text.size()) < 0) return;
  }

  const int fd_;
  const std::unique_ptr<Output> log_;
  std::string eraser_;  // of what stands there; "": nothing does
};

}  // namespace

std::unique_ptr<Output> make_terminal_output(int fd) {
  return std::make_unique<TerminalOutput>(fd);
}

}  // namespace kip::agent
