#include "http/source.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include <cpprest/astreambuf.h>

namespace kip::http {

namespace {

// Read-only, forwards: everything about writing, seeking and lending memory says no.
class Source : public concurrency::streams::details::streambuf_state_manager<std::uint8_t> {
 public:
  explicit Source(std::string body)
      : streambuf_state_manager(std::ios_base::in), body_(std::move(body)) {}

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
  std::size_t in_avail() const override { return body_.size() - read_; }
  pos_type getpos(std::ios_base::openmode) const override { return pos_type(-1); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return pos_type(-1); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return pos_type(-1);
  }
  bool acquire(std::uint8_t*&, std::size_t&) override { return false; }
  void release(std::uint8_t*, std::size_t) override {}

 protected:
  pplx::task<int_type> _putc(std::uint8_t) override {
    return pplx::task_from_result<int_type>(traits::eof());
  }
  pplx::task<std::size_t> _putn(const std::uint8_t*, std::size_t) override {
    return pplx::task_from_result<std::size_t>(0);
  }
  pplx::task<int_type> _bumpc() override { return pplx::task_from_result(_sbumpc()); }
  int_type _sbumpc() override {
    return read_ < body_.size() ? static_cast<std::uint8_t>(body_[read_++]) : traits::eof();
  }
  pplx::task<int_type> _getc() override { return pplx::task_from_result(_sgetc()); }
  int_type _sgetc() override {
    return read_ < body_.size() ? static_cast<std::uint8_t>(body_[read_]) : traits::eof();
  }
  pplx::task<int_type> _nextc() override {
    (void)_sbumpc();
    return _getc();
  }
  pplx::task<int_type> _ungetc() override {
    return pplx::task_from_result<int_type>(traits::eof());
  }
  pplx::task<std::size_t> _getn(std::uint8_t* into, std::size_t count) override {
    const std::size_t copied = _scopy(into, count);
    read_ += copied;
    return pplx::task_from_result(copied);
  }
  std::size_t _scopy(std::uint8_t* into, std::size_t count) override {
    const std::size_t copied = std::min(count, body_.size() - read_);
    std::memcpy(into, body_.data() + read_, copied);
    return copied;
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  std::uint8_t* _alloc(std::size_t) override { return nullptr; }
  void _commit(std::size_t) override {}

 private:
  const std::string body_;
  std::size_t read_ = 0;
};

}  // namespace

concurrency::streams::istream make_source(std::string body) {
  return concurrency::streams::streambuf<std::uint8_t>(std::make_shared<Source>(std::move(body)))
      .create_istream();
}

}  // namespace kip::http
