#include "nats/parser.h"

#include <vector>

#include <gmock/gmock.h>

#include "nats/server_info.h"

namespace kip::nats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class NatsParserTest : public ::testing::Test {
 protected:
  void tell(std::string text) { told_.push_back(std::move(text)); }

  std::vector<std::string> told_;
  Parser parser_{
      {.line = 60, .message = 20},
      {.on_info = [this](std::string_view json) { tell("info " + std::string(json)); },
       .on_message =
           [this](const Message& m) {
             tell(std::string(m.subject) + "|" + std::string(m.reply) + "|" +
                  std::to_string(m.sid) + "|" + std::string(m.headers) + "|" +
                  std::string(m.payload));
           },
       .on_too_large =
           [this](std::string_view subject, std::uint64_t bytes) {
             tell(std::string(subject) + " has " + std::to_string(bytes));
           },
       .on_ping = [this] { tell("ping"); },
       .on_pong = [this] { tell("pong"); },
       .on_error = [this](std::string_view words) { tell("error " + std::string(words)); }}};
};

TEST_F(NatsParserTest, EachLineIsToldInItsOrder) {
  EXPECT_EQ(parser_.feed("INFO {\"a\":1} \r\n+OK\r\nping\r\nPONG\n-ERR 'Slow Consumer'\r\n"), "");
  EXPECT_THAT(told_, ElementsAre("info {\"a\":1}", "ping", "pong", "error Slow Consumer"));
  EXPECT_TRUE(parser_.is_between());
}

TEST_F(NatsParserTest, AMessageHasSubjectReplyHeadersAndPayload) {
  EXPECT_EQ(parser_.feed("MSG images 1 5\r\na\r\nb:\r\nMSG images  7 _INBOX.1 0\r\n\r\n"), "");
  EXPECT_EQ(parser_.feed("HMSG images 2 12 15\r\nNATS/1.0\r\n\r\nx:1\r\n"), "");
  EXPECT_THAT(told_, ElementsAre("images||1||a\r\nb:", "images|_INBOX.1|7||",
                                 "images||2|NATS/1.0\r\n\r\n|x:1"));
}

TEST_F(NatsParserTest, WhatComesByteByByteIsToldAllTheSame) {
  const std::string text =
      "MSG images 1 5\r\nhello\r\nPING\r\nMSG big 1 30\r\n" + std::string(30, 'x') + "\r\nPING\r\n";
  for (const char c : text) ASSERT_EQ(parser_.feed({&c, 1}), "");
  EXPECT_THAT(told_, ElementsAre("images||1||hello", "ping", "big has 30", "ping"));
}

TEST_F(NatsParserTest, WhatIsNoNatsEndsIt) {
  EXPECT_THAT(parser_.feed("HTTP/1.1 400 Bad Request\r\nPING\r\n"), HasSubstr("no line of NATS"));
  EXPECT_THAT(parser_.feed("PING\r\n"), HasSubstr("no line of NATS"));
  EXPECT_THAT(told_, IsEmpty());
}

struct Bad {
  std::string text, why;
};
class NatsParserBadTest : public NatsParserTest, public ::testing::WithParamInterface<Bad> {};

TEST_P(NatsParserBadTest, IsRefused) {
  EXPECT_THAT(parser_.feed(GetParam().text), HasSubstr(GetParam().why));
  EXPECT_THAT(told_, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Lines, NatsParserBadTest,
    ::testing::Values(Bad{"MSG images 1\r\n", "2 arguments"}, Bad{"MSG a 1 b 2 3\r\n", "5 arg"},
                      Bad{"MSG images one 5\r\n", "cannot be"},
                      Bad{"MSG images 1 -5\r\n", "cannot be"},
                      Bad{"MSG images 1 99999999999999999999\r\n", "cannot be"},
                      Bad{"MSG images 1 9999999999\r\n", "cannot be"},
                      Bad{"HMSG images 1 9 5\r\n", "cannot be"},
                      Bad{"MSG images 1 2\r\nabc\r\n", "longer than its line"},
                      Bad{std::string(70, 'x'), "over 60 bytes"}));

TEST(NatsServerInfo, WhatAServerSaysOfItself) {
  const auto info = read_server_info(
      R"({"version":"2.9.10","tls_required":true,"auth_required":"x","max_payload":5,"headers":true})");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->version, "2.9.10");
  EXPECT_TRUE(info->tls_required);
  EXPECT_FALSE(info->auth_required);
  EXPECT_TRUE(info->has_headers);
  EXPECT_EQ(info->max_payload, 5U);
  EXPECT_EQ(read_server_info("{\"max_payload\":-1}")->max_payload, 1U << 20);
  EXPECT_FALSE(read_server_info("[]"));
  EXPECT_FALSE(read_server_info("{"));
}

}  // namespace
}  // namespace kip::nats
