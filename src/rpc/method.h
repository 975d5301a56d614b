// A call that there is, with the messages that go there and back.
#pragma once

namespace kip::rpc {

template <class RequestT, class ResponseT>
struct Method {
  using Request = RequestT;
  using Response = ResponseT;
  const char* path;  // "/package.Service/Name"
};

}  // namespace kip::rpc
