// One blob of a repository, from where it was left to its end, with its hash checked. Belongs to
// the loop; destroying it gives it up.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "http/hash.h"
#include "registry/repository_call.h"
#include "types/digest.h"

namespace kip::registry {

// How far a blob has come. Outlives the fetches that take it further; one that ended with
// bad_answer is of no more use.
struct BlobProgress {
  explicit BlobProgress(const types::Digest& digest) : hash(digest.algorithm()) {}
  std::uint64_t received = 0;  // bytes
  http::Hash hash;             // of these
};

struct Blob {
  types::Digest digest;
  // In bytes, as its descriptor has it: what comes beyond is not taken. Absent: unknown, and an
  // answer without end goes on until the fetch is given up.
  std::optional<std::uint64_t> size = std::nullopt;
};

class BlobFetch : public Handle {
 public:
  using OnBytes = std::function<void(std::string_view)>;
  using Done = std::function<void(Result<kip::Done, Failure>)>;

  // `progress` outlives this.
  BlobFetch(Network& network, Authorizer& authorizer, RequestQueue& queue, Repository repository,
            std::vector<Credentials> credentials, Blob blob, BlobProgress& progress,
            OnBytes on_bytes, Done done);

 private:
  void take(const http::Response& head, std::string_view bytes);
  // What is wrong with the answer's status and Content-Range; sets what is to be skipped.
  std::optional<std::string> begin(const http::Response& head);
  void ended(const Result<Fetch::Answered, Failure>& answer);
  void check();
  void fail(const std::string& what);
  void finish(Result<kip::Done, Failure> result);

  const Subject subject_;
  const Blob blob_;
  BlobProgress& progress_;
  OnBytes on_bytes_;
  Done done_;
  bool has_begun_ = false;
  std::uint64_t to_skip_ = 0;  // bytes that we have, of a server that knows no Range
  HandlePtr call_;
};

}  // namespace kip::registry
