#include "testing/fake_registry.h"

#include <cstdlib>

#include "base/base64.h"
#include "http/hash.h"

namespace kip::testing {

namespace {

using Kind = RegistryRequest::Kind;

std::string digest_of(const std::string& bytes) {
  http::Hash hash;
  hash.add(bytes);
  return "sha256:" + hash.hex();
}

RegistryRequest parse(const std::string& whole) {
  RegistryRequest out;
  out.whole = whole;
  out.method = whole.substr(0, whole.find(' '));
  const auto target = out.method.size() + 1;
  out.target = whole.substr(target, whole.find(' ', target) - target);
  out.authorization = out.header("Authorization");
  const bool is_head = out.method == "HEAD";
  if (out.target.find("/manifests/") != std::string::npos)
    out.kind = is_head ? Kind::head_manifest : Kind::get_manifest;
  else if (out.target.find("/blobs/") != std::string::npos)
    out.kind = Kind::blob;
  else if (out.target.starts_with("/token"))
    out.kind = out.method == "POST" ? Kind::token_post : Kind::token_get;
  return out;
}

std::string basic(const RegistryBehaviour& is) {
  return "Basic " + to_base64(is.username + ":" + is.password);
}

bool lets_in(const RegistryBehaviour& is, const RegistryRequest& request) {
  switch (is.auth) {
    case RegistryBehaviour::Auth::none:
      return true;
    case RegistryBehaviour::Auth::basic:
      return request.authorization == basic(is);
    case RegistryBehaviour::Auth::bearer:
      return request.authorization == "Bearer s3cret-token";
  }
  return false;
}

void challenge(Peer& peer, const RegistryBehaviour& is, const RegistryRequest& request,
               const std::string& url) {
  const std::string wanted =
      is.auth == RegistryBehaviour::Auth::basic
          ? "Basic realm=\"a registry\""
          : "Bearer realm=\"" + (is.realm.empty() ? url + "/token" : is.realm) +
                "\",service=\"registry, of tests\",scope=\"repository:a/b:pull\"";
  peer.answer(
      401, request.method == "HEAD" ? "" : R"({"errors":[{"code":"UNAUTHORIZED","message":"x"}]})",
      "WWW-Authenticate: " + wanted + "\r\n" + is.more_headers);
}

void answer_token(Peer& peer, const RegistryBehaviour& is, const RegistryRequest& request) {
  bool good = is.is_pulled_by_all;
  if (request.kind == Kind::token_post) {
    if (!is.knows_post) {
      peer.answer(405, "");
      return;
    }
    good = request.whole.find("refresh_token=" + is.identity_token) != std::string::npos;
  } else if (!request.authorization.empty()) {
    good = request.authorization == basic(is);
    if (!good) {
      peer.answer(401, "");
      return;
    }
  }
  // As Docker Hub does: a token for nothing for who shows nothing.
  const std::string token = good ? "s3cret-token" : "s3cret-but-worthless";
  peer.answer(200, is.token_answer.empty() ? R"({"token":")" + token + R"(","expires_in":300})"
                                           : is.token_answer);
}

void answer_manifest(Peer& peer, const RegistryBehaviour& is, const RegistryRequest& request) {
  const std::string headers =
      is.more_headers + "Content-Type: " + is.media_type + "\r\n" +
      (is.hides_digest ? "" : "Docker-Content-Digest: " + is.digest_of_manifest() + "\r\n");
  if (request.method == "HEAD")
    peer.write("HTTP/1.1 200 X\r\nContent-Length: " + std::to_string(is.manifest.size()) + "\r\n" +
               headers + "\r\n");
  else
    peer.answer(200, is.manifest, headers);
}

void answer_blob(Peer& peer, const RegistryBehaviour& is, const RegistryRequest& request) {
  const auto range = request.header("Range");
  if (range.empty() || !is.knows_range) {
    peer.answer(200, is.blob, is.more_headers);
    return;
  }
  const auto first = std::strtoul(range.c_str() + sizeof "bytes=" - 1, nullptr, 10);
  peer.answer(206, is.blob.substr(first),
              is.more_headers + "Content-Range: bytes " + std::to_string(first) + "-" +
                  std::to_string(is.blob.size() - 1) + "/" + std::to_string(is.blob.size()) +
                  "\r\n");
}

void answer(Peer& peer, const RegistryBehaviour& is, const RegistryRequest& request,
            const std::string& url) {
  if (request.kind == Kind::token_get || request.kind == Kind::token_post)
    answer_token(peer, is, request);
  else if (!lets_in(is, request))
    challenge(peer, is, request, url);
  else if (request.kind == Kind::blob)
    answer_blob(peer, is, request);
  else if (request.kind != Kind::other)
    answer_manifest(peer, is, request);
  else
    peer.answer(404, "");
}

}  // namespace

std::string RegistryRequest::header(const std::string& name) const {
  const auto found = whole.find("\r\n" + name + ":");
  if (found == std::string::npos) return "";
  auto begin = found + name.size() + 3;
  if (whole[begin] == ' ') ++begin;
  return whole.substr(begin, whole.find("\r\n", begin) - begin);
}

FakeRegistry::FakeRegistry(std::optional<Issued> identity)
    : scheme_(identity ? "https" : "http"),
      server_([this](Peer& peer) { serve(peer); }, std::move(identity)) {}

std::vector<RegistryRequest> FakeRegistry::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<std::string> FakeRegistry::log() const {
  std::vector<std::string> lines;
  for (const auto& each : requests())
    lines.push_back(each.method + " " + each.target.substr(0, each.target.find('?')));
  return lines;
}

std::string RegistryBehaviour::digest_of_manifest() const { return digest_of(manifest); }
std::string RegistryBehaviour::digest_of_blob() const { return digest_of(blob); }

void FakeRegistry::serve(Peer& peer) {
  for (;;) {
    const auto whole = peer.read_request();
    if (whole.empty()) return;
    const auto request = parse(whole);
    RegistryBehaviour now;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      now = behaviour_;
    }
    if (!now.trouble || !now.trouble(peer, request)) answer(peer, now, request, url());
  }
}

}  // namespace kip::testing
