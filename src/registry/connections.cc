#include "registry/connections.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace kip::registry {

namespace {

// More servers than one has registries, with where these keep their blobs.
constexpr std::size_t most_kept = 32;

// Manifests and blobs are not cut into lines.
constexpr std::size_t no_lines = 0;

}  // namespace

Connections::Connections(Scheduler& scheduler, Options options)
    : scheduler_(scheduler),
      options_(std::move(options)),
      ca_(options_.ca_file, "certificate authority of registries") {}

Status Connections::read_ca() {
  if (options_.ca_file.empty()) return Done{};
  auto pem = ca_.read();
  if (!pem) return pem.error();
  if (*pem == ca_pem_) return Done{};
  kept_.clear();
  ca_pem_ = *std::move(pem);
  return Done{};
}

Result<std::shared_ptr<http::Client>> Connections::to(const http::ServerUrl& server) {
  if (server.tls)
    if (const auto read = read_ca(); !read) return read.error();
  const auto found = std::find_if(kept_.begin(), kept_.end(),
                                  [&](const Kept& each) { return each.server == server; });
  if (found != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, found);
    return found->client;
  }
  std::shared_ptr<http::Tls> tls;
  if (server.tls) {
    http::TlsSettings wanted;
    wanted.extra_ca_pem = ca_pem_;
    wanted.extra_ca_origin = "the file " + quoted(options_.ca_file, 300);
    wanted.server_name = server.host;
    auto made = http::Tls::make(wanted);
    if (!made) return made.error();
    tls = *std::move(made);
  }
  auto client = std::make_shared<http::Client>(
      scheduler_, server, std::move(tls),
      http::Client::Options{.idle = options_.idle,
                            .max_body = options_.max_body,
                            .max_line = no_lines,
                            .proxy = options_.proxies.proxy_for(server)});
  kept_.push_front({server, client});
  if (kept_.size() > most_kept) kept_.pop_back();
  return client;
}

void Connections::drop(const http::ServerUrl& server) {
  kept_.remove_if([&](const Kept& each) { return each.server == server; });
}

}  // namespace kip::registry
