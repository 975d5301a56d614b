#include "kube/api.h"

#include <gtest/gtest.h>

namespace kip::kube {
namespace {

const http::Request request{"GET", "/apis/apps/v1/namespaces/n/daemonsets/d?x=1"};

struct Case {
  int status;
  std::string body;
  ErrorKind kind;
  std::string part;  // of the message
};

TEST(Judge, EveryAnswerThatIsNoObjectIsAnErrorThatNamesWhatWasThere) {
  const std::string status_body = R"({"kind":"Status","message":"too bad"})";
  const Case cases[] = {
      {200, "<html>login</html>", ErrorKind::transient,
       "\"<html>login</html>\" where a JSON object"},
      {200, R"({"kind":"Daem)", ErrorKind::transient, "where a JSON object was expected"},
      {200, "", ErrorKind::transient, "answered 200 with nothing"},
      {200, "[1,2]", ErrorKind::transient, "where a JSON object was expected"},
      {401, status_body, ErrorKind::transient, "401 Unauthorized: too bad"},
      {403, status_body, ErrorKind::permanent, "403 Forbidden: too bad"},
      {404, "404 page not found\n", ErrorKind::permanent, "404 Not Found, and not a Status"},
      {409, status_body, ErrorKind::conflict, "409 Conflict: too bad"},
      {410, status_body, ErrorKind::permanent, "410 Gone: too bad"},
      {422, status_body, ErrorKind::permanent, "422 Unprocessable Entity: too bad"},
      {429, status_body, ErrorKind::transient, "429 Too Many Requests: too bad"},
      {500, "<html>", ErrorKind::transient, "500 Internal Server Error, and not a Status"},
      {503, "", ErrorKind::transient, "503 Service Unavailable"},
      {302, "", ErrorKind::permanent, "302"},
  };
  for (const auto& c : cases) {
    const auto judged = judge(request, {c.status, c.body});
    ASSERT_FALSE(judged.ok()) << c.body;
    EXPECT_EQ(judged.error().kind, c.kind) << c.status;
    EXPECT_EQ(judged.error().http_status, c.status);
    EXPECT_NE(judged.error().message.find(c.part), std::string::npos) << judged.error().message;
    EXPECT_EQ(judged.error().message.find("?x=1"), std::string::npos);
    EXPECT_NE(judged.error().message.find("GET /apis/apps/v1/namespaces/n/daemonsets/d"),
              std::string::npos);
  }
}

TEST(Judge, ALongAnswerIsCutInTheMessage) {
  const auto judged = judge(request, {200, std::string(10 << 20, 'x')});
  EXPECT_LT(judged.error().message.size(), 400U);
}

TEST(Judge, RetryAfterIsPassedOn) {
  EXPECT_EQ(judge(request, {429, "{}", {}, std::chrono::seconds{3}}).error().retry_after,
            std::chrono::seconds{3});
}

TEST(Judge, AnObjectIsAnObject) { EXPECT_EQ(judge(request, {201, R"({"a":1})"}).value()["a"], 1); }

TEST(Paths, NamesAreEncoded) {
  EXPECT_EQ(daemonsets_path("a b/c"), "/apis/apps/v1/namespaces/a%20b%2Fc/daemonsets");
  EXPECT_EQ(percent_encoded("metadata.name=x"), "metadata.name%3Dx");
}

}  // namespace
}  // namespace kip::kube
