#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/process.h"
#include "cli/warm_list_writer.h"
#include "cli/warm_manifests.h"
#include "cli/warm_options.h"
#include "cli/warm_wait.h"
#include "http/io_context.h"
#include "kube/access/connect.h"
#include "kube/errors.h"
#include "loop/loop.h"

namespace kip::cli {

namespace {

void say(const std::string& text) {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);  // a pipeline shows it as it comes
}
void warn(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

// Of any size, and of a pipe, too, as a shell makes one for `-f <(helm template …)`.
Result<std::string> text_of(const std::string& file) {
  std::FILE* in = file == "-" ? stdin : std::fopen(file.c_str(), "rb");
  if (in == nullptr) return permanent(std::strerror(errno));
  std::string text;
  std::array<char, 16384> part{};
  while (const std::size_t got = std::fread(part.data(), 1, part.size(), in))
    text.append(part.data(), got);
  const std::string why = std::ferror(in) != 0 ? std::strerror(errno) : "";
  if (in != stdin) std::fclose(in);
  if (!why.empty()) return permanent(why);
  return text;
}

int code_of(const http::Error& error) {
  if (kube::is_forbidden(error)) return exit_no_permission;
  return kube::is_refusal(error) ? exit_config : exit_unavailable;
}

// Looks for the puller, leaves the list, and waits.
class Warming {
 public:
  Warming(Loop& loop, http::Transport& transport, const WarmOptions& options, core::WarmList list)
      : loop_(loop),
        options_(options),
        list_(std::move(list)),
        wait_(transport, loop, options.namespace_name, options.daemonset_name,
              {.say = say, .warn = warn, .done = [this](int code) { on_waited(code); }}),
        writer_(transport, loop, options.namespace_name, options.daemonset_name) {}

  int run() {
    next_ = loop_.after(Duration::zero(),
                        [this] { wait_.start([this] { soon([this] { clean_up(); }); }); });
    loop_.run();
    return code_;
  }

 private:
  // Not from inside a callback of what is called next.
  void soon(std::function<void()> what) { next_ = loop_.after(Duration::zero(), std::move(what)); }
  void end(int code) {
    code_ = code;
    loop_.stop();
  }

  // What will not come is not wanted any longer: new nodes would wait for it at their gate.
  void on_waited(int code) {
    if (code != exit_failed) return end(code);
    soon([this, code] { writer_.take_back([this, code] { end(code); }); });
  }

  void clean_up() {
    writer_.clean_up([this] { soon([this] { write(); }); });
  }

  void write() {
    list_.until = loop_.wall_now() + options_.ttl;
    writer_.write(list_, wait_.owner(), [this](const std::optional<http::Error>& error) {
      soon([this, error] { on_written(error); });
    });
  }

  void on_written(const std::optional<http::Error>& error) {
    const std::string object = core::warm_list_object(list_.name);
    if (error) {
      warn("cannot write ConfigMap " + options_.namespace_name + "/" + object + ": " +
           error->message);
      return end(code_of(*error));
    }
    say(std::to_string(list_.images.size()) +
        (list_.images.size() == 1 ? " image is" : " images are") + " wanted until " +
        to_rfc3339(list_.until) + ", by ConfigMap " + options_.namespace_name + "/" + object);
    if (!options_.waits) return end(0);
    wait_.wait(list_.images, options_.timeout);
  }

  Loop& loop_;
  const WarmOptions& options_;
  core::WarmList list_;
  int code_ = 0;
  HandlePtr next_;
  WarmWait wait_;
  WarmListWriter writer_;
};

}  // namespace

int warm(const std::vector<std::string>& arguments, const Environment& environment) {
  set_up_heap();
  const WarmReading reading = read_warm_options(arguments);
  if (reading.wants_help) {
    std::fputs(warm_help().c_str(), stdout);
    return 0;
  }
  for (const auto& problem : reading.problems) warn(problem);
  if (!reading.options) {
    warn("kubernetes-image-puller warm --help lists what there is");
    return exit_usage;
  }
  const WarmOptions& options = *reading.options;
  const std::string name = options.file == "-" ? "standard input" : options.file;
  const auto text = text_of(options.file);
  if (!text) {
    warn("cannot read " + name + ": " + text.error().message);
    return exit_config;
  }
  auto found = images_of_manifests(*text);
  if (!found) {
    warn(name + ": " + found.error().message);
    return exit_config;
  }
  if (found->objects == 0) {
    warn(name + " has no manifest in it");
    return exit_config;
  }
  if (found->images.empty()) {
    warn(name + " has no pod template with an image, so there is nothing to warm");
    return 0;
  }
  Loop loop{http::io_context()};
  const auto connection = kube::connect(environment, loop);
  if (!connection) {
    warn("cannot reach a cluster: " + connection.error().message);
    return exit_config;
  }
  core::WarmList list;
  list.name = options.list.empty() ? found->name : options.list;
  list.images = std::move(found->images);
  return Warming(loop, *connection->transport, options, std::move(list)).run();
}

}  // namespace kip::cli
