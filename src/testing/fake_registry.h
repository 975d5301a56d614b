// A small registry over a FakeServer: manifests, blobs with Range, Basic and Bearer with a token
// server beside it – and any trouble that a test wants in the place of an answer.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "testing/fake_server.h"

namespace kip::testing {

struct RegistryRequest {
  enum class Kind { head_manifest, get_manifest, token_get, token_post, blob, other };
  Kind kind = Kind::other;
  std::string method, target;  // "GET", "/v2/a/b/manifests/next"
  std::string authorization;   // the header's value; "" without one
  std::string whole;           // head and body

  // The value of another header, or "".
  std::string header(const std::string& name) const;
};

// How it behaves.
struct RegistryBehaviour {
  enum class Auth { none, basic, bearer };
  // Answers instead of the registry, where it says true.
  using Trouble = std::function<bool(Peer&, const RegistryRequest&)>;

  Auth auth = Auth::none;
  std::string username = "me", password = "s3cret-password";
  std::string identity_token = "s3cret-identity";  // a POST with it gets a token
  bool knows_post = true;
  bool hides_digest = false;      // of HEAD and GET of a manifest
  bool is_pulled_by_all = false;  // who has no credentials gets a token that is good, too
  std::string realm;              // "": its own /token
  std::string token_answer;       // "": one with the token of these credentials
  std::string more_headers;       // of every answer but those of /token
  std::string media_type = "application/vnd.oci.image.index.v1+json";
  std::string manifest =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})";
  std::string blob = "0123456789";
  bool knows_range = true;
  Trouble trouble;

  std::string digest_of_manifest() const;
  std::string digest_of_blob() const;
};

class FakeRegistry {
 public:
  using Auth = RegistryBehaviour::Auth;

  explicit FakeRegistry(std::optional<Issued> identity = std::nullopt);

  std::string domain() const { return "127.0.0.1:" + std::to_string(server_.port()); }
  std::string url() const { return scheme_ + "://" + domain(); }
  int connections() const { return server_.connections(); }

  // `registry.edit()->auth = …`: from the next request on.
  class Edit {
   public:
    explicit Edit(FakeRegistry& registry) : lock_(registry.mutex_), of_(registry.behaviour_) {}
    RegistryBehaviour* operator->() { return &of_; }

   private:
    const std::lock_guard<std::mutex> lock_;
    RegistryBehaviour& of_;
  };
  Edit edit() { return Edit(*this); }

  // What was asked so far, in order.
  std::vector<RegistryRequest> requests() const;
  std::vector<std::string> log() const;  // the same as "HEAD /v2/a/b/manifests/next"

 private:
  void serve(Peer& peer);

  const std::string scheme_;
  mutable std::mutex mutex_;
  RegistryBehaviour behaviour_;            // guarded by mutex_
  std::vector<RegistryRequest> requests_;  // guarded by mutex_
  FakeServer server_;
};

}  // namespace kip::testing
