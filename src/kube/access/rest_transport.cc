#include "kube/access/rest_transport.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "http/client.h"
#include "loop/cancel_handle.h"

namespace kip::kube {

namespace {

using Client = std::shared_ptr<http::Client>;

bool is_read(const std::string& method) { return method == "GET"; }

}  // namespace

// What all calls share: the clients for the present CA and certificate.
class RestTransport::Core {
 public:
  Core(Scheduler& loop, Access to, std::unique_ptr<Credentials> shown, RestOptions limits)
      : scheduler(loop),
        access(std::move(to)),
        options(limits),
        credentials(std::move(shown)),
        ca_(access.ca.file, "certificate authority") {}

  // Makes new clients where there are none, or the CA or our certificate changed since the last
  // call.
  Status refresh(const Secrets& secrets) {
    if (!access.server.tls) {
      make_clients();
      return Done{};
    }
    http::TlsSettings wanted;
    wanted.server_name =
        access.tls_server_name.empty() ? access.server.host : access.tls_server_name;
    wanted.insecure_skip_verify = access.insecure_skip_tls_verify;
    if (!access.ca.empty()) {
      const auto pem = access.ca.file.empty() ? Result<std::string>(access.ca.data) : ca_.read();
      if (!pem) return pem.error();
      wanted.ca_pem = *pem;
      wanted.ca_origin = access.ca.file.empty()
                             ? "certificate-authority-data"
                             : "certificate authority file " + quoted(access.ca.file, 300);
      if (trimmed(*pem).empty()) return permanent(wanted.ca_origin + " is empty; expected PEM");
    }
    wanted.certificate_pem = secrets.certificate_pem;
    wanted.key_pem = secrets.key_pem;
    if (!tls || wanted != made_for_) {
      auto fresh = http::Tls::make(wanted);
      if (!fresh) return fresh.error();
      made_for_ = std::move(wanted);
      tls = *fresh;
      requests.reset();
    }
    make_clients();
    return Done{};
  }

  Duration deadline(const std::string& method) const {
    return is_read(method) ? options.read_deadline : options.write_deadline;
  }

  // The request's own deadline comes first; this is the library's, in case.
  Duration idle_of_requests() const {
    return std::max(options.read_deadline, options.write_deadline) * 2;
  }

  Client client(Duration idle) const {
    return std::make_shared<http::Client>(
        scheduler, access.server, tls,
        http::Client::Options{.idle = idle,
                              .max_body = options.max_body,
                              .max_line = options.max_line,
                              .verify = !access.insecure_skip_tls_verify});
  }

  // The next requests get new connections. What is under way goes on.
  void drop_clients() { requests.reset(); }

  Scheduler& scheduler;
  const Access access;
  const RestOptions options;
  std::unique_ptr<Credentials> credentials;
  std::shared_ptr<http::Tls> tls;
  Client requests, watches;
  std::set<Call*> calls;

 private:
  void make_clients() {
    if (requests) return;
    requests = client(idle_of_requests());
    watches = client(options.idle);
  }

  WatchedFile ca_;
  http::TlsSettings made_for_;
};

// One send() or stream(): credentials, then one exchange, or two.
class RestTransport::Call : public std::enable_shared_from_this<Call> {
 public:
  Call(std::shared_ptr<Core> core, http::Request request,
       std::function<void(std::string_view)> on_line, std::function<void(http::Answer)> done)
      : core_(std::move(core)),
        request_(std::move(request)),
        on_line_(std::move(on_line)),
        done_(std::move(done)) {
    core_->calls.insert(this);
  }
  ~Call() { core_->calls.erase(this); }

  void start() {
    authorizing_ = core_->credentials->get([self = shared_from_this()](Result<Secrets> secrets) {
      self->authorized(std::move(secrets));
    });
  }

  void cancel() {
    over_ = true;
    core_->calls.erase(this);
    authorizing_.reset();
    exchange_.reset();
  }

 private:
  void authorized(Result<Secrets> secrets) {
    if (over_) return;
    const auto self = shared_from_this();
    const auto handle = std::exchange(authorizing_, nullptr);  // holds what is being called
    if (!secrets) return finish(http::Error(secrets.error()));
    secrets_ = *secrets;
    again();
  }

  void again() {
    if (const auto ready = core_->refresh(secrets_); !ready)
      return finish(http::Error(ready.error()));
    exchange();
  }

  // The second try has a connection of its own, and so has a write without a body: that one the
  // library would send again by itself, any number of times (source.h).
  Client pick_client() const {
    const bool needs_own = !is_read(request_.method) && request_.body.empty();
    if (needs_own || broken_once_) return core_->client(idle());
    return on_line_ ? core_->watches : core_->requests;
  }

  Duration idle() const { return on_line_ ? core_->options.idle : core_->idle_of_requests(); }

  void exchange() {
    const auto self = shared_from_this();  // held by what it waits for
    http::Request request = request_;
    if (core_->access.server.tls && !secrets_.token.empty())
      request.headers["Authorization"] = "Bearer " + secrets_.token;
    http::Client::OnLine on_line;
    if (on_line_)
      on_line = [weak = weak_from_this()](std::string_view line) {
        if (const auto call = weak.lock(); call && !call->over_) call->on_line_(line);
      };
    exchange_ = pick_client()->send(
        std::move(request), core_->deadline(request_.method), std::move(on_line),
        [self](http::Client::Outcome outcome) { self->ended(std::move(outcome)); });
  }

  void ended(http::Client::Outcome outcome) {
    if (over_) return;
    const auto last = std::exchange(exchange_, nullptr);
    if (outcome.broke_before_answer && !broken_once_) {
      broken_once_ = true;
      core_->drop_clients();  // the server went, and the other kept connections with it
      return again();
    }
    if (outcome.result && outcome.result->status == 401 && !rejected_once_) {
      rejected_once_ = true;
      // Kept connections may be bound to a certificate that is no longer good.
      core_->drop_clients();
      if (core_->credentials->is_rejected(secrets_)) return start();
    }
    finish(std::move(outcome.result));
  }

  void finish(http::Answer result) {
    if (over_) return;
    over_ = true;
    core_->calls.erase(this);
    const auto done = std::exchange(done_, nullptr);
    done(std::move(result));
  }

  std::shared_ptr<Core> core_;
  http::Request request_;
  std::function<void(std::string_view)> on_line_;
  std::function<void(http::Answer)> done_;
  Secrets secrets_;
  HandlePtr authorizing_;
  HandlePtr exchange_;
  bool over_ = false, broken_once_ = false, rejected_once_ = false;
};

RestTransport::RestTransport(Scheduler& scheduler, Access access,
                             std::unique_ptr<Credentials> credentials, RestOptions options)
    : core_(std::make_shared<Core>(scheduler, std::move(access), std::move(credentials), options)) {
}

RestTransport::~RestTransport() {
  const auto calls = core_->calls;  // cancel() takes each out of it
  for (Call* call : calls) call->cancel();
}

HandlePtr RestTransport::begin(std::shared_ptr<Call> call) {
  call->start();
  return cancel_handle(std::move(call));
}

HandlePtr RestTransport::send(http::Request request, std::function<void(http::Answer)> done) {
  return begin(std::make_shared<Call>(core_, std::move(request), nullptr, std::move(done)));
}

HandlePtr RestTransport::stream(http::Request request,
                                std::function<void(std::string_view)> on_line,
                                std::function<void(http::Answer)> on_end) {
  return begin(
      std::make_shared<Call>(core_, std::move(request), std::move(on_line), std::move(on_end)));
}

}  // namespace kip::kube
