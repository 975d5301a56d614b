// The lines of images-prepuller, which are those of Docker's command line. Images are pulled beside
// each other, so what belongs to one comes together, at its end.
#include <algorithm>
#include <string_view>
#include <utility>

#include "agent/output.h"
#include "base/text.h"

namespace kip::agent {

namespace {

// The words of others as one line, without what a terminal obeys. Quotes are Docker's own.
std::string printable(const std::string& text) {
  std::string line;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\"\\", i), text.size());
    const std::string plain = quoted(std::string_view(text).substr(i, end - i), end - i);
    line += plain.substr(1, plain.size() - 2);
    i = end;
    if (i < text.size()) line += text[i++];
  }
  return line;
}

class DockerOutput : public Output {
 public:
  DockerOutput(std::string node, std::function<void(const std::string&)> write)
      : node_(std::move(node)), write_(std::move(write)) {}

  void on_begin(std::size_t) override { write_("Pulling images on node '" + node_ + "'..."); }
  void on_attempt(const Attempt&) override {}
  void on_failed_attempt(const Attempt& attempt, const runtime::Failure& failure,
                         Duration) override {
    say_pulling(attempt);
    write_("Error response from daemon: " + printable(failure.message));
  }
  void on_wait(const Attempt& attempt, Duration delay) override {
    write_("Trying '" + attempt.image.text + "' again in " + to_text(delay));
  }
  void on_ended(const ImageResult& result, const Attempt* attempt) override {
    if (result.failure || attempt == nullptr) {
      if (attempt == nullptr)
        write_("Error response from daemon: " + result.image + ": " +
               (result.failure ? printable(result.failure->message) : ""));
      return;
    }
    say_pulling(*attempt);
    const auto& image = attempt->image;
    const std::string tag = has_no_tag(image) ? "latest" : image.tag;
    // Docker names a digest with its whole repository, a tag alone.
    write_((image.digest.empty() ? tag : image.repository() + "@" + image.digest) +
           ": Pulling from " + image.path);
    if (!result.digest.empty()) write_("Digest: " + result.digest);
    const std::string shown =
        image.familiar_name() + (image.digest.empty() ? ":" + tag : "@" + image.digest);
    write_(result.outcome == ImageResult::Outcome::downloaded
               ? "Status: Downloaded newer image for " + shown
               : "Status: Image is up to date for " + shown);
  }
  void on_progress(const TotalProgress&) override {}
  void on_all_ended(const std::vector<ImageResult>&, Duration) override {}

 private:
  static bool has_no_tag(const types::ImageReference& image) {
    return image.tag.empty() && image.digest.empty();
  }
  void say_pulling(const Attempt& attempt) {
    write_("Pulling '" + attempt.image.text + "'...");
    if (has_no_tag(attempt.image)) write_("Using default tag: latest");
  }

  const std::string node_;
  const std::function<void(const std::string&)> write_;
};

}  // namespace

std::unique_ptr<Output> make_docker_output(std::string node,
                                           std::function<void(const std::string&)> write) {
  return std::make_unique<DockerOutput>(std::move(node), std::move(write));
}

}  // namespace kip::agent
