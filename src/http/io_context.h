// The io_context that cpprestsdk runs on, and so the program's one loop.
#pragma once

namespace boost::asio {
class io_context;
}

namespace kip::http {

// The first call has to come before anything else of cpprestsdk is used: it sets the library to no
// threads of its own. It posts its work, and whoever runs the io_context does it.
boost::asio::io_context& io_context();

}  // namespace kip::http
