// Result<T>: a value or an Error. How our own functions report what can go wrong; no exceptions
// cross them. No owner, no thread: plain values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace kip {

enum class ErrorKind {
  transient,    // will pass: try again after a back-off
  unreachable,  // nobody answered; will pass, and asking again costs the other side nothing
  permanent,    // will not pass by itself: report it and wait for a change
  conflict,     // somebody else was first: look again at once
};

struct Error {
  ErrorKind kind = ErrorKind::permanent;
  // What was there, where, and what was expected. Never holds a secret.
  std::string message;
  int http_status = 0;  // 0: there was no answer
  // The server's wish (RFC 9110, section 10.2.3), absent where it had none.
  std::optional<std::chrono::seconds> retry_after = std::nullopt;
  std::string reason = {};  // metav1.Status.reason: "AlreadyExists", "Forbidden"; "" without one
  bool too_large = false;   // the answer passed a limit of ours: ask for less at a time
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }

  T& value() { return std::get<T>(state_); }
  const T& value() const { return std::get<T>(state_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const { return std::get<Error>(state_); }

 private:
  std::variant<T, Error> state_;
};

struct Done {};
using Status = Result<Done>;

inline Error permanent(std::string message) { return {ErrorKind::permanent, std::move(message)}; }

}  // namespace kip
