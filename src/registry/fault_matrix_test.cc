// Each request that the client makes, with each trouble that a registry may give it.
#include <atomic>

#include "registry/testing/client_test.h"

namespace kip::registry {
namespace {

using namespace std::chrono_literals;
using kip::testing::Peer;
using kip::testing::RegistryRequest;
using Request = RegistryRequest::Kind;

constexpr Request requests[] = {Request::head_manifest, Request::get_manifest, Request::token_get,
                                Request::token_post, Request::blob};

std::string name_of(Request request) {
  constexpr const char* names[] = {"HeadManifest", "GetManifest", "TokenGet", "TokenPost", "Blob"};
  return names[static_cast<int>(request)];
}

// What goes wrong, and what becomes of it at each request, in the order above.
struct Trouble {
  std::string name;
  std::function<void(Peer&)> answer;
  std::optional<Kind> kinds[5];  // absent: it is no failure
};

// Says it all: what we sent, which no message may repeat.
const std::string page = "<html>s3cret-password s3cret-token</html>";
const std::string error =
    R"({"errors":[{"code":"DENIED","message":"s3cret-password"},{"code":"s3cret-token"}]})";

void endless(Peer& peer) {
  peer.write("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n");
  while (peer.chunk(std::string(10000, 'x'))) {
  }
}

void slow(Peer& peer) {
  peer.write("HTTP/1.1 200 X\r\n");
  while (peer.write("X: y\r\n")) std::this_thread::sleep_for(20ms);
}

void answer(Peer& peer, int status, const std::string& body, const std::string& headers = "") {
  peer.answer(status, body, headers);
  // HEAD has no body, so what came would be taken for the next answer.
  peer.end(false);
}

auto with(int status, const std::string& body, const std::string& headers = "") {
  return [=](Peer& peer) { answer(peer, status, body, headers); };
}

const std::string wrong_digest = "sha256:" + std::string(64, 'a');

std::vector<Trouble> troubles() {
  constexpr auto none = std::nullopt;
  constexpr auto not_found = Kind::not_found, unauthorized = Kind::unauthorized,
                 denied = Kind::denied, limited = Kind::rate_limited,
                 unreachable = Kind::unreachable, transient = Kind::transient,
                 untrusted = Kind::untrusted, bad = Kind::bad_answer;
  return {
      {"Status401WithoutChallenge",
       with(401, error),
       {unauthorized, unauthorized, unauthorized, unauthorized, unauthorized}},
      {"Status401WithAnEmptyChallenge",
       with(401, error, "WWW-Authenticate: \r\n"),
       {unauthorized, unauthorized, unauthorized, unauthorized, unauthorized}},
      {"Status401WithGarbage",
       with(401, error, "WWW-Authenticate: =,\"s3cret\x01\r\n"),
       {unauthorized, unauthorized, unauthorized, unauthorized, unauthorized}},
      {"Status403", with(403, error), {denied, denied, denied, denied, denied}},
      {"Status404", with(404, error), {not_found, not_found, bad, bad, not_found}},
      {"Status400", with(400, error), {bad, bad, unauthorized, unauthorized, bad}},
      {"Status416", with(416, error), {bad, bad, bad, bad, bad}},
      {"Status429", with(429, error), {limited, limited, limited, limited, limited}},
      {"Status429WithRetryAfter",
       with(429, error, "Retry-After: 7\r\n"),
       {limited, limited, limited, limited, limited}},
      {"Status429WithGarbage",
       with(429, error, "Retry-After: s3cret\r\n"),
       {limited, limited, limited, limited, limited}},
      {"Status500", with(500, page), {transient, transient, transient, transient, transient}},
      {"Status503", with(503, page), {transient, transient, transient, transient, transient}},
      {"Status999", with(999, page), {transient, transient, transient, transient, transient}},
      {"Html", with(200, page, "Content-Type: text/html\r\n"), {none, bad, bad, bad, bad}},
      {"ErrorIn200",
       with(200, error, "Content-Type: application/json\r\n"),
       {none, bad, bad, bad, bad}},
      {"Empty200", with(200, ""), {none, bad, bad, bad, bad}},
      {"Status204", with(204, ""), {bad, bad, bad, bad, bad}},
      {"WrongDigest",
       with(200, R"({"schemaVersion":2,"token":"s3cret\u0001"})",
            "Content-Type: application/vnd.oci.image.index.v1+json\r\nDocker-Content-Digest: " +
                wrong_digest + "\r\n"),
       {bad, bad, bad, bad, bad}},
      {"GarbageDigest",
       with(200, page,
            "Content-Type: application/vnd.oci.image.index.v1+json\r\nDocker-Content-Digest: "
            "s3cret\r\n"),
       {none, bad, bad, bad, bad}},
      // Nobody reads the body of a HEAD's answer, and it has no digest.
      {"EndlessBody", endless, {none, bad, bad, bad, bad}},
      {"SlowHeaders", slow, {unreachable, unreachable, unreachable, unreachable, unreachable}},
      {"Silence",
       [](Peer& peer) { peer.wait_until_closed(); },
       {unreachable, unreachable, unreachable, unreachable, unreachable}},
      {"ClosedConnection",
       [](Peer& peer) { peer.end(false); },
       {unreachable, unreachable, unreachable, unreachable, unreachable}},
      {"ResetConnection",
       [](Peer& peer) { peer.end(true); },
       {unreachable, unreachable, unreachable, unreachable, unreachable}},
      {"BrokenBody",
       [](Peer& peer) {
         peer.write("HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\ns3cret");
         peer.end(false);
       },
       {none, transient, transient, transient, transient}},
      {"GarbageStatusLine",
       [](Peer& peer) {
         peer.write("s3cret \x01\x02\r\n\r\n\r\n");
         peer.end(false);
       },
       {unreachable, unreachable, unreachable, unreachable, unreachable}},
      {"GarbageHeader",
       with(503, "", "s3cret\x01 no colon\r\n: no name\r\nContent-Range: \xff\xfe\r\n"),
       {transient, transient, transient, transient, transient}},
      {"GarbageChunks",
       [](Peer& peer) {
         peer.write("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\ns3cret\r\n");
         peer.end(false);
       },
       {none, transient, transient, transient, transient}},
      {"RedirectWithoutLocation", with(302, page), {bad, bad, bad, bad, bad}},
      {"RedirectLoop",
       [](Peer& peer) { peer.answer(307, "", "Location: ?s3cret\r\n"); },
       {bad, bad, bad, bad, bad}},
      {"RedirectToPlainHttp",
       with(302, "", "Location: http://127.0.0.1:1/?s3cret\r\n"),
       {untrusted, untrusted, bad, bad, untrusted}},
      {"RedirectToNobody",
       with(302, "", "Location: https://127.0.0.1:1/?s3cret\r\n"),
       {unreachable, unreachable, bad, bad, unreachable}},
      {"RedirectToAnEcho",
       with(302, "", "Location: https://127.0.0.1:1/s3cret-token/s3cret-password\r\n"),
       {unreachable, unreachable, bad, bad, unreachable}},
      {"RedirectToGarbage",
       with(302, "", "Location: s3cret://\x01 s3cret\r\n"),
       {bad, bad, bad, bad, bad}},
  };
}

class FaultMatrixTest : public ClientTest,
                        public ::testing::WithParamInterface<std::tuple<Request, std::size_t>> {};

// Runs into the trouble at the one request; all others are answered well.
TEST_P(FaultMatrixTest, EachRequestWithEachTroubleHasItsFailureAndTellsNoSecret) {
  const auto [at, number] = GetParam();
  const auto trouble = troubles()[number];
  // Short only where it is waited for: a busy machine is to be no trouble of its own.
  const bool waits = trouble.name == "Silence" || trouble.name == "SlowHeaders";
  options_.deadline = waits ? 300ms : 10s;
  options_.max_manifest = 100000;
  registry_.edit()->auth = Auth::bearer;
  registry_.edit()->hides_digest = at == Request::get_manifest;
  // By value: the server's threads outlive this function.
  registry_.edit()->trouble = [at = at, trouble](Peer& peer, const RegistryRequest& request) {
    const bool is_token = request.target.starts_with("/token");
    // The POST falls back to a GET, which meets the same; and before there is a token nobody gets
    // far enough for the others.
    const bool meets = at == Request::token_post
                           ? is_token
                           : request.kind == at && (is_token || !request.authorization.empty());
    if (meets) trouble.answer(peer);
    return meets;
  };
  const auto credentials = at == Request::token_post ? identity_token_ : good_;
  const auto expected = trouble.kinds[static_cast<int>(at)];
  const auto check = [&](const auto& result) {
    if (expected) return expect_failure(result, *expected);
    EXPECT_TRUE(result) << result.error().message;
  };
  if (at == Request::blob) {
    const Blob blob{*types::parse_digest(registry_.edit()->digest_of_blob()), 10};
    BlobProgress progress(blob.digest);
    check(fetch(blob, progress, {credentials}));
  } else {
    check(resolve(image("a/b@" + digest()), {credentials}));
  }
}

INSTANTIATE_TEST_SUITE_P(All, FaultMatrixTest,
                         ::testing::Combine(::testing::ValuesIn(requests),
                                            ::testing::Range<std::size_t>(0, troubles().size())),
                         [](const auto& of) {
                           return name_of(std::get<0>(of.param)) + "With" +
                                  troubles()[std::get<1>(of.param)].name;
                         });

}  // namespace
}  // namespace kip::registry
