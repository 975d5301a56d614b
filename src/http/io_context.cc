#include "http/io_context.h"

#include <mutex>
#include <utility>

#include <pplx/threadpool.h>

namespace kip::http {

boost::asio::io_context& io_context() {
  static std::once_flag once;
  std::call_once(once, [] { crossplat::threadpool::initialize_with_threads(0); });
  return crossplat::threadpool::shared_instance().service();
}

}  // namespace kip::http
