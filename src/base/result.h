// Result<T>: a value or an Error. How our own functions report what can go wrong; no exceptions
// cross them. No owner, no thread: plain values.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace kip {

enum class ErrorKind {
  transient,    // will pass: try again after a back-off
  unreachable,  // nobody answered; will pass, and asking again costs the other side nothing
  permanent,    // will not pass by itself: report it and wait for a change
};

struct Error {
  ErrorKind kind = ErrorKind::permanent;
  // What was there, where, and what was expected. Never holds a secret.
  std::string message;
};

// `E` is Error, or what says more.
template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(E error) : state_(std::move(error)) {}

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }

  T& value() { return std::get<T>(state_); }
  const T& value() const { return std::get<T>(state_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const E& error() const { return std::get<E>(state_); }

 private:
  std::variant<T, E> state_;
};

struct Done {};
using Status = Result<Done>;

inline Error permanent(std::string message) { return {ErrorKind::permanent, std::move(message)}; }

}  // namespace kip
