// Reads what a NATS server sends: lines, and messages of as many bytes as their line says. Pure;
// belongs to the connection that feeds it.
// Source: https://docs.nats.io/reference/reference-protocols/nats-protocol
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kip::nats {

// The views hold during the call that is given them.
struct Message {
  std::string_view subject, reply;  // reply: "" for none
  std::uint64_t sid = 0;            // of the subscription
  std::string_view headers;         // "NATS/1.0\r\n…"; "" for none
  std::string_view payload;
};

class Parser {
 public:
  struct Sink {
    std::function<void(std::string_view json)> on_info;
    std::function<void(const Message&)> on_message;
    // A message of more bytes than are kept: dropped as it comes.
    std::function<void(std::string_view subject, std::uint64_t bytes)> on_too_large;
    std::function<void()> on_ping, on_pong;
    std::function<void(std::string_view words)> on_error;  // of -ERR, without its quotes
  };
  struct Limits {
    std::size_t line = 32 << 10;     // INFO names each server of a cluster
    std::size_t message = 64 << 10;  // headers and payload
  };

  Parser(const Limits& limits, Sink sink) : limits_(limits), sink_(std::move(sink)) {}

  // Takes what came next. "" while it is the protocol, else what is wrong: nothing more can be
  // read then.
  std::string feed(std::string_view bytes);

  // True between two lines: nothing is kept of one that has begun.
  bool is_between() const { return flaw_.empty() && !pending_ && text_.empty(); }

 private:
  struct Pending {  // a message whose line came
    std::string subject, reply;
    std::uint64_t sid = 0;
    std::uint64_t header_bytes = 0, bytes = 0;  // the headers' are among all
    bool is_kept = true;
    std::uint64_t dropped = 0;
  };

  std::size_t take_line(std::string_view bytes);
  std::size_t take_payload(std::string_view bytes);
  void on_line(std::string_view line);
  void on_message_line(std::string_view arguments, bool has_headers);
  void end_message();

  const Limits limits_;
  const Sink sink_;
  std::string text_;  // of the line, or of the message, so far
  std::optional<Pending> pending_;
  std::string flaw_;
};

}  // namespace kip::nats
