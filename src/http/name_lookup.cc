#include "http/name_lookup.h"

#include <cstdint>
#include <ctime>
#include <map>
#include <utility>

#include <ares.h>
#include <arpa/inet.h>
#include <sys/select.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "http/io_context.h"

namespace kip::http {

namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;
using Addresses = std::vector<std::string>;

constexpr int server_has_ms = 5000, tries_of_a_server = 2;

std::string text_of(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET)
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
  if (address->sa_family == AF_INET6)
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text,
              sizeof text);
  return text;
}

std::string why(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
      return "there is no such name";
    case ARES_ENODATA:
      return "it has no address";
    case ARES_ETIMEOUT:
      return "no name server answered";
    case ARES_ECONNREFUSED:
      return "no name server can be reached";
    default:
      return ares_strerror(status);
  }
}

class Lookup : public Handle {
 public:
  using Done = std::function<void(Result<Addresses>)>;

  Lookup(Scheduler& scheduler, const std::string& name, Done done, const std::string& servers)
      : scheduler_(scheduler), done_(std::move(done)) {
    ares_options options{};
    options.timeout = server_has_ms;
    options.tries = tries_of_a_server;
    options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
      static_cast<Lookup*>(self)->on_socket(fd, readable != 0, writable != 0);
    };
    options.sock_state_cb_data = this;
    const int status = ares_init_options(
        &channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (status != ARES_SUCCESS) {
      channel_ = nullptr;
      end(status, {});
      return;
    }
    if (!servers.empty()) ares_set_servers_ports_csv(channel_, servers.c_str());
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(
        channel_, name.c_str(), nullptr, &hints,
        [](void* self, int result, int /*timeouts*/, ares_addrinfo* found) {
          if (result != ARES_EDESTRUCTION) static_cast<Lookup*>(self)->end(result, taken(found));
        },
        this);
    wait_for_timeout();
  }

  ~Lookup() override {
    if (channel_ != nullptr) ares_destroy(channel_);
  }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

 private:
  // One that c-ares has open. It closes it itself.
  struct Socket {
    explicit Socket(int fd) : descriptor(io_context(), fd) {}
    ~Socket() { descriptor.release(); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    Descriptor descriptor;
    bool reads = false, writes = false;  // is waited for
  };

  static Addresses taken(ares_addrinfo* found) {
    Addresses addresses;
    if (found == nullptr) return addresses;
    for (const auto* node = found->nodes; node != nullptr; node = node->ai_next)
      if (auto text = text_of(node->ai_addr); !text.empty()) addresses.push_back(std::move(text));
    ares_freeaddrinfo(found);
    return addresses;
  }

  // c-ares tells what it waits for; with neither it is about to close the socket.
  void on_socket(int fd, bool readable, bool writable) {
    if (!readable && !writable) {
      sockets_.erase(fd);
      return;
    }
    auto& socket = sockets_[fd];
    if (!socket) socket = std::make_shared<Socket>(fd);
    const bool begins_to_read = readable && !std::exchange(socket->reads, readable);
    const bool begins_to_write = writable && !std::exchange(socket->writes, writable);
    socket->reads = readable;
    socket->writes = writable;
    if (begins_to_read) wait(socket, fd, Descriptor::wait_read);
    if (begins_to_write) wait(socket, fd, Descriptor::wait_write);
  }

  void wait(const std::shared_ptr<Socket>& socket, int fd, Descriptor::wait_type what) {
    socket->descriptor.async_wait(
        what, [this, fd, what, weak = std::weak_ptr(socket)](const boost::system::error_code&) {
          // Gone: closed, or the whole look-up is over.
          if (weak.expired()) return;
          const bool is_read = what == Descriptor::wait_read;
          ares_process_fd(channel_, is_read ? fd : ARES_SOCKET_BAD, is_read ? ARES_SOCKET_BAD : fd);
          const auto same = weak.lock();
          if (same && (is_read ? same->reads : same->writes)) wait(same, fd, what);
          wait_for_timeout();
        });
  }

  void wait_for_timeout() {
    timeval left{};
    if (over_ || ares_timeout(channel_, nullptr, &left) == nullptr) {
      timeout_.reset();
      return;
    }
    // Rounded up: a moment too early it would do nothing.
    const Duration delay{(left.tv_sec * 1000) + (left.tv_usec / 1000) + 1};
    timeout_ = scheduler_.after(delay, [this] {
      const HandlePtr ended = std::move(timeout_);
      ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      wait_for_timeout();
    });
  }

  // Deferred: c-ares may be calling from anywhere.
  void end(int status, Addresses addresses) {
    over_ = true;
    if (status == ARES_SUCCESS && addresses.empty()) status = ARES_ENODATA;
    answer_ = scheduler_.after(Duration::zero(),
                               [this, status, addresses = std::move(addresses)]() mutable {
                                 const HandlePtr ended = std::move(answer_);
                                 const Done done = std::move(done_);
                                 if (status != ARES_SUCCESS)
                                   return done(Error{ErrorKind::unreachable, why(status)});
                                 done(std::move(addresses));
                               });
  }

  Scheduler& scheduler_;
  Done done_;
  ares_channel channel_ = nullptr;
  std::map<int, std::shared_ptr<Socket>> sockets_;
  HandlePtr timeout_, answer_;
  bool over_ = false;
};

}  // namespace

HandlePtr look_up(Scheduler& scheduler, const std::string& name,
                  std::function<void(Result<std::vector<std::string>>)> done,
                  const std::string& servers) {
  static const int initialised = ares_library_init(ARES_LIB_INIT_ALL);
  static_cast<void>(initialised);
  return std::make_unique<Lookup>(scheduler, name, std::move(done), servers);
}

}  // namespace kip::http
