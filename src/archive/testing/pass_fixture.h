// A folder, a registry, and checks of a list of its images.
#pragma once

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "archive/pass.h"
#include "archive/testing/image_server.h"
#include "archive/testing/whole.h"
#include "http/io_context.h"
#include "testing/on_loop.h"

namespace kip::archive {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = runtime::Failure::Kind;
using Outcome = agent::ImageResult::Outcome;
using PushedLayer = ImageServer::LayerOf;
using Peer = kip::testing::Peer;
using Request = kip::testing::RegistryRequest;

class PassTest : public kip::testing::OnLoop {
 protected:
  PassTest() : OnLoop(http::io_context()) {
    char made[] = "/tmp/kip-archive-XXXXXX";
    path_ = mkdtemp(made);
    options_.path = path_;
    options_.settings.platform = {.architecture = "amd64"};
    options_.limits = {
        .first_timeout = 1min, .first_delay = 10ms, .longest_delay = 100ms, .overall = 10s};
  }
  ~PassTest() override { fs::remove_all(path_); }

  std::vector<agent::ImageResult> check(const std::vector<std::string>& images) {
    options_.images.clear();
    for (const auto& each : images) options_.images.push_back(server_.name(each));
    auto inputs = read_inputs(options_, {});
    EXPECT_TRUE(inputs);
    bad_entries_ = inputs->bad_entries;
    auto folder = Folder::open(path_);
    EXPECT_TRUE(folder);
    registry::Client::Options client{.deadline = 5s, .idle = 5s};
    client.insecure = *registry::InsecureRegistries::parse(server_.domain());
    const auto output = agent::make_log_output();
    Pass pass(loop_, *output, *folder, options_, std::move(*inputs), client);
    std::optional<std::vector<agent::ImageResult>> results;
    pass.start([&](const auto& all) { results = all; });
    EXPECT_TRUE(run_until([&] { return results.has_value(); }));
    return results.value_or(pass.results("nothing within the test's patience"));
  }
  agent::ImageResult check(const std::string& image) { return check(std::vector{image})[0]; }

  // What fails is told at once: the next try would come too late.
  void try_once() { options_.limits.first_delay = options_.limits.longest_delay = 1min; }

  fs::path at(const std::string& file) const { return fs::path(path_) / file; }
  // All that is there but our own folder's record and lock.
  std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& each : fs::recursive_directory_iterator(path_)) {
      const auto name = fs::relative(each.path(), path_).string();
      const bool is_own = name.ends_with("archives.json") || name.ends_with("lock");
      if (each.is_regular_file() && !each.is_symlink() && !is_own) found.push_back(name);
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  // Ends a blob's connection after so many bytes of each answer.
  void break_after(std::size_t bytes) {
    server_.trouble = [bytes](Peer& peer, const Request& request, const std::string& body) {
      if (request.kind != Request::Kind::blob) return false;
      const auto first = ImageServer::first_byte(request);
      if (body.size() - first <= bytes) return false;
      const auto head = "Content-Length: " + std::to_string(body.size() - first) + "\r\n";
      peer.write((first == 0 ? "HTTP/1.1 200 X\r\n"
                             : "HTTP/1.1 206 X\r\n" + ImageServer::range(first, body.size())) +
                 head + "\r\n" + body.substr(first, bytes));
      peer.end(true);
      return true;
    };
  }

  std::string path_;
  ImageServer server_;
  Options options_;
  std::vector<std::string> bad_entries_;
};

// One raw block.
inline const std::string zstd_of_hello("\x28\xb5\x2f\xfd\x00\x58\x29\x00\x00hello", 14);

inline constexpr const char* zstd_type = "application/vnd.oci.image.layer.v1.tar+zstd";

// So many times 128 KiB of the same byte: blocks that are one byte long (RFC 8878, section 3.1.1).
inline PushedLayer much_in_little(unsigned blocks, char byte = 'x') {
  constexpr unsigned block = 128 << 10;
  std::string packed("\x28\xb5\x2f\xfd\x00\x58", 6);
  for (unsigned i = 0; i < blocks; ++i) {
    const unsigned header = (i + 1 == blocks ? 1U : 0U) | 1U << 1U | block << 3U;
    for (const unsigned shift : {0U, 8U, 16U}) packed += static_cast<char>(header >> shift);
    packed += byte;
  }
  return {packed, std::string(std::size_t{blocks} * block, byte), zstd_type};
}

}  // namespace kip::archive
