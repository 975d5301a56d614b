#include "archive/workshop.h"

namespace kip::archive {

namespace {

runtime::Failure::Kind kind_of(registry::Failure::Kind kind) {
  using From = registry::Failure::Kind;
  using To = runtime::Failure::Kind;
  switch (kind) {
    case From::not_found:
      return To::not_found;
    case From::unauthorized:
      return To::unauthorized;
    case From::denied:
      return To::denied;
    case From::rate_limited:
      return To::rate_limited;
    case From::unreachable:
    case From::transient:
      return To::network;
    case From::untrusted:
    case From::bad_answer:
      break;
  }
  return To::other;
}

}  // namespace

runtime::Failure failure_of(const registry::Failure& failure) {
  return {kind_of(failure.kind), failure.message, failure.retry_after};
}

}  // namespace kip::archive
