#include "kube/access/credentials.h"

#include <utility>

#include "base/text.h"

namespace kip::kube {

namespace {

// One piece of material: a watched file, or a text that never changes.
class Source {
 public:
  Source(const Material& material, const char* what)
      : given_(!material.empty()), file_(material.file, what), data_(material.data) {}

  bool given() const { return given_; }
  bool may_change() const { return !file_.path().empty(); }
  std::string origin(const char* what) const {
    return may_change() ? std::string(what) + " file " + quoted(file_.path(), 300) : what;
  }
  Result<std::string> read() { return may_change() ? file_.read() : Result<std::string>(data_); }
  void forget() { file_.forget(); }

 private:
  bool given_;
  WatchedFile file_;
  std::string data_;
};

class KubeCredentials : public Credentials {
 public:
  KubeCredentials(Scheduler& scheduler, const Access& access)
      : scheduler_(scheduler),
        token_(access.token, "token file"),
        certificate_(access.client_certificate, "client certificate"),
        key_(access.client_key, "client key") {
    if (access.exec && !token_.given()) plugin_ = std::make_unique<ExecPlugin>(scheduler, access);
  }

  HandlePtr get(std::function<void(Result<Secrets>)> done) override {
    auto secrets = read();
    if (plugin_ && secrets) {
      return plugin_->get([this, secrets = *secrets,
                           done = std::move(done)](const Result<ExecCredential>& answer) mutable {
        if (!answer) return done(answer.error());
        done(with(std::move(secrets), *answer));
      });
    }
    return scheduler_.after(Duration::zero(), [secrets = std::move(secrets),
                                               done = std::move(done)] { done(secrets); });
  }

  bool is_rejected(const Secrets& used) override {
    if (plugin_) {
      plugin_->reject(used.token, used.certificate_pem);
      return true;
    }
    for (Source* source : {&token_, &certificate_, &key_}) source->forget();
    return token_.may_change() || certificate_.may_change();
  }

 private:
  Result<Secrets> read() {
    Secrets secrets;
    if (token_.given()) {
      const auto text = token_.read();
      if (!text) return text.error();
      auto token = clean_token(*text, token_.origin("token"));
      if (!token) return token.error();
      secrets.token = *token;
    }
    if (certificate_.given()) {
      const auto certificate = certificate_.read(), key = key_.read();
      if (!certificate) return certificate.error();
      if (!key) return key.error();
      secrets.certificate_pem = *certificate;
      secrets.key_pem = *key;
    }
    return secrets;
  }

  static Secrets with(Secrets secrets, const ExecCredential& answer) {
    secrets.token = answer.token;
    if (!answer.certificate_pem.empty()) {
      secrets.certificate_pem = answer.certificate_pem;
      secrets.key_pem = answer.key_pem;
    }
    return secrets;
  }

  Scheduler& scheduler_;
  Source token_, certificate_, key_;
  std::unique_ptr<ExecPlugin> plugin_;
};

}  // namespace

std::unique_ptr<Credentials> make_credentials(Scheduler& scheduler, const Access& access) {
  return std::make_unique<KubeCredentials>(scheduler, access);
}

Result<std::string> clean_token(const std::string& text, const std::string& origin) {
  const auto token = trimmed(text);
  if (token.empty()) return permanent(origin + " is empty; expected a bearer token");
  for (std::size_t i = 0; i < token.size(); ++i) {
    // RFC 9110, section 5.5: others would end the header or begin another one.
    if (token[i] <= ' ' || token[i] > '~')
      return permanent(origin + " has a character at byte " + std::to_string(i) +
                       " that no bearer token has; expected one line of visible ASCII");
  }
  return std::string(token);
}

}  // namespace kip::kube
