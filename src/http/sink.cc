#include "http/sink.h"

#include <memory>
#include <utility>

#include <cpprest/astreambuf.h>

namespace kip::http {

namespace {

// Write-only: everything about reading, seeking and lending memory says no.
class Sink : public concurrency::streams::details::streambuf_state_manager<std::uint8_t> {
 public:
  explicit Sink(std::function<void(std::string_view)> on_bytes)
      : streambuf_state_manager(std::ios_base::out), on_bytes_(std::move(on_bytes)) {}

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
  std::size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return pos_type(-1); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return pos_type(-1); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return pos_type(-1);
  }
  bool acquire(std::uint8_t*&, std::size_t&) override { return false; }
  void release(std::uint8_t*, std::size_t) override {}

 protected:
  pplx::task<int_type> _putc(std::uint8_t byte) override {
    pass(&byte, 1);
    return pplx::task_from_result<int_type>(byte);
  }
  pplx::task<std::size_t> _putn(const std::uint8_t* bytes, std::size_t count) override {
    pass(bytes, count);
    return pplx::task_from_result(count);
  }
  pplx::task<int_type> _bumpc() override { return pplx::task_from_result<int_type>(-1); }
  int_type _sbumpc() override { return -1; }
  pplx::task<int_type> _getc() override { return pplx::task_from_result<int_type>(-1); }
  int_type _sgetc() override { return -1; }
  pplx::task<int_type> _nextc() override { return pplx::task_from_result<int_type>(-1); }
  pplx::task<int_type> _ungetc() override { return pplx::task_from_result<int_type>(-1); }
  pplx::task<std::size_t> _getn(std::uint8_t*, std::size_t) override {
    return pplx::task_from_result<std::size_t>(0);
  }
  std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  std::uint8_t* _alloc(std::size_t) override { return nullptr; }
  void _commit(std::size_t) override {}

 private:
  void pass(const std::uint8_t* bytes, std::size_t count) noexcept {
    on_bytes_(std::string_view(reinterpret_cast<const char*>(bytes), count));
  }

  std::function<void(std::string_view)> on_bytes_;
};

}  // namespace

concurrency::streams::ostream make_sink(std::function<void(std::string_view)> on_bytes) {
  return concurrency::streams::streambuf<std::uint8_t>(std::make_shared<Sink>(std::move(on_bytes)))
      .create_ostream();
}

}  // namespace kip::http
