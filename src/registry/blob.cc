#include "registry/blob.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace kip::registry {

namespace {

// The first byte of `bytes 5-9/10` (RFC 9110, section 14.4).
std::optional<std::uint64_t> first_byte(const http::Response& head) {
  const auto found = head.headers.find("Content-Range");
  if (found == head.headers.end()) return std::nullopt;
  std::string_view text = found->second;
  constexpr std::string_view unit = "bytes ";
  if (!text.starts_with(unit)) return std::nullopt;
  text.remove_prefix(unit.size());
  std::uint64_t first = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), first);
  if (failed != std::errc() || stop == text.data() + text.size() || *stop != '-')
    return std::nullopt;
  return first;
}

}  // namespace

BlobFetch::BlobFetch(Network& network, Authorizer& authorizer, RequestQueue& queue,
                     Repository repository, std::vector<Credentials> credentials, Blob blob,
                     BlobProgress& progress, OnBytes on_bytes, Done done)
    : subject_{repository.image,
               "GET",
               {repository.server, "/v2/" + repository.path + "/blobs/" + blob.digest.text()}},
      blob_(std::move(blob)),
      progress_(progress),
      on_bytes_(std::move(on_bytes)),
      done_(std::move(done)) {
  if (blob_.size && progress_.received >= *blob_.size) {  // a server would answer 416
    call_ = network.scheduler.after(Duration::zero(), [this] { check(); });
    return;
  }
  RepositoryCall::Settings settings{
      .repository = std::move(repository),
      .path = "blobs/" + blob_.digest.text(),
      .request = {.path = "", .accept = "*/*"},
      .credentials = std::move(credentials),
      .accepts = {200, 206},
      .on_bytes = [this](const http::Response& head, std::string_view bytes) {
        take(head, bytes);
      }};
  if (progress_.received > 0)
    settings.request.headers["Range"] = "bytes=" + std::to_string(progress_.received) + "-";
  call_ = std::make_unique<RepositoryCall>(
      network, authorizer, queue, std::move(settings),
      [this](const Result<Fetch::Answered, Failure>& answer) { ended(answer); });
}

std::optional<std::string> BlobFetch::begin(const http::Response& head) {
  has_begun_ = true;
  if (head.status == 200) {
    to_skip_ = progress_.received;
    return std::nullopt;
  }
  const auto first = first_byte(head);
  if (first == progress_.received) return std::nullopt;
  return "answered 206 from byte " + (first ? std::to_string(*first) : "unknown") + ", expected " +
         std::to_string(progress_.received);
}

void BlobFetch::take(const http::Response& head, std::string_view bytes) {
  if (!has_begun_)
    if (const auto wrong = begin(head)) return fail(*wrong);
  const auto skipped = std::min<std::uint64_t>(to_skip_, bytes.size());
  to_skip_ -= skipped;
  bytes.remove_prefix(skipped);
  if (bytes.empty()) return;
  if (blob_.size && bytes.size() > *blob_.size - progress_.received)
    return fail("gave more than the " + std::to_string(*blob_.size) + " bytes of the blob");
  progress_.hash.add(bytes);
  progress_.received += bytes.size();
  const auto on_bytes = on_bytes_;  // it may destroy this
  on_bytes(bytes);
}

void BlobFetch::ended(const Result<Fetch::Answered, Failure>& answer) {
  if (!answer) return finish(answer.error());
  if (!has_begun_ && answer->response.status == 206)
    if (const auto wrong = begin(answer->response)) return fail(*wrong);
  check();
}

void BlobFetch::check() {
  const auto& received = progress_.received;
  if (to_skip_ > 0 || (blob_.size && received != *blob_.size))
    return fail("ended after " + std::to_string(received - to_skip_) + " bytes" +
                (blob_.size ? ", expected " + std::to_string(*blob_.size) : ""));
  const std::string digest = std::string(blob_.digest.algorithm()) + ":" + progress_.hash.hex();
  if (digest != blob_.digest.text()) return fail("gave a blob with the digest " + digest);
  finish(kip::Done{});
}

void BlobFetch::fail(const std::string& what) { finish(bad_answer(subject_, what)); }

void BlobFetch::finish(Result<kip::Done, Failure> result) {
  const HandlePtr last = std::move(call_);
  const auto done = std::move(done_);
  done(std::move(result));
}

}  // namespace kip::registry
