#include "kube/errors.h"

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

TEST(ToResult, EveryAnswerThatIsNoObjectIsAnErrorThatNamesWhatWasThere) {
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
      {409, status_body, ErrorKind::permanent, "409 Conflict: too bad"},
      {410, status_body, ErrorKind::permanent, "410 Gone: too bad"},
      {422, status_body, ErrorKind::permanent, "422 Unprocessable Entity: too bad"},
      {429, status_body, ErrorKind::transient, "429 Too Many Requests: too bad"},
      {500, "<html>", ErrorKind::transient, "500 Internal Server Error, and not a Status"},
      {503, "", ErrorKind::transient, "503 Service Unavailable"},
      {302, "", ErrorKind::permanent, "302"},
  };
  for (const auto& c : cases) {
    const auto judged = to_result(request, {c.status, c.body});
    ASSERT_FALSE(judged.ok()) << c.body;
    EXPECT_EQ(judged.error().kind, c.kind) << c.status;
    EXPECT_EQ(judged.error().status, c.status);
    EXPECT_NE(judged.error().message.find(c.part), std::string::npos) << judged.error().message;
    EXPECT_EQ(judged.error().message.find("?x=1"), std::string::npos);
    EXPECT_NE(judged.error().message.find("GET /apis/apps/v1/namespaces/n/daemonsets/d"),
              std::string::npos);
  }
}

TEST(ToResult, ALongAnswerIsCutInTheMessage) {
  const auto judged = to_result(request, {200, std::string(10 << 20, 'x')});
  EXPECT_LT(judged.error().message.size(), 400U);
}

TEST(ToResult, RetryAfterIsPassedOn) {
  EXPECT_EQ(to_result(request, {429, "{}", {}, std::chrono::seconds{3}}).error().retry_after,
            std::chrono::seconds{3});
}

TEST(ToResult, AnObjectIsAnObject) {
  EXPECT_EQ(to_result(request, {201, R"({"a":1})"}).value()["a"], 1);
}

}  // namespace
}  // namespace kip::kube
