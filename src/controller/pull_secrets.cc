#include "controller/pull_secrets.h"

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "kube/errors.h"

namespace kip::controller {

namespace {

constexpr kube::Resource secrets{"/api/v1", "secrets"};

}  // namespace

void PullSecrets::read(const std::vector<std::string>& names, Done done) {
  call_.reset();
  left_.assign(names.rbegin(), names.rend());
  keyring_ = {};
  done_ = std::move(done);
  read_next();
}

void PullSecrets::read_next() {
  if (left_.empty()) {
    outage_.over();
    const registry::Keyring keyring = std::exchange(keyring_, {});
    return end(&keyring);
  }
  std::string name = std::move(left_.back());
  left_.pop_back();
  call_ = client_.get({secrets, namespace_name_, name}, [this, name](const kube::Answer& answer) {
    const HandlePtr ended = std::move(call_);
    const bool is_answer =
        answer || kube::is_not_found(answer.error()) || kube::is_forbidden(answer.error());
    if (!is_answer) {
      outage_.failed(answer.error());
      return end(nullptr);
    }
    on_secret(name, answer);
    read_next();
  });
}

void PullSecrets::end(const registry::Keyring* keyring) {
  const Done done = std::exchange(done_, nullptr);
  done(keyring);
}

void PullSecrets::on_secret(const std::string& name, const kube::Answer& answer) {
  if (!answer && kube::is_forbidden(answer.error())) {
    if (told_forbidden_.insert(name).second)
      kube::warn_of_missing_rule(
          "may not read the pull secret, so registries are asked without it, and images that they "
          "do not show then are refreshed by time; add the rule to the Role",
          "apiGroups: [\"\"], resources: [secrets], resourceNames: [" + name + "], verbs: [get]",
          {{"secret", name}, {"namespace", namespace_name_}});
    return;
  }
  if (!answer) return tell_once(name, answer.error().message);
  const std::string origin = "secret \"" + namespace_name_ + "/" + name + "\"";
  const std::string type = string_at(*answer, "/type");
  const auto kind = registry::secret_kind(type);
  if (!kind)
    return tell_once(name, "its type is " + kip::quoted(type) +
                               "; expected kubernetes.io/dockerconfigjson or dockercfg");
  const std::string key(registry::data_key(*kind));
  const json& data = object_at(*answer, "/data");
  const auto value = data.find(key);
  const auto text = value != data.end() && value->is_string()
                        ? from_base64(value->get_ref<const std::string&>())
                        : std::nullopt;
  if (!text) return tell_once(name, "data has no " + kip::quoted(key) + " in base64");
  const registry::DockerConfig config = registry::parse_docker_config(*text, *kind, origin);
  if (config.problems.empty())
    told_.erase(name);
  else
    tell_once(name, joined(config.problems, "; "));
  keyring_.add(config);
}

void PullSecrets::tell_once(const std::string& name, const std::string& problem) {
  if (std::exchange(told_[name], problem) != problem)
    log::warn("a pull secret cannot be used; registries are asked without it",
              {{"secret", name}, {"namespace", namespace_name_}, {"problem", problem}});
}

}  // namespace kip::controller
