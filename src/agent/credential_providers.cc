#include "agent/credential_providers.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "loop/watched_file.h"
#include "registry/keyring.h"
#include "yaml/from_yaml.h"

namespace kip::agent {

namespace {

namespace fs = std::filesystem;

constexpr const char* config_flag = "--image-credential-provider-config";
constexpr const char* bin_flag = "--image-credential-provider-bin-dir";

// The files that `path` means, in the order that the kubelet reads them in.
std::vector<std::string> config_files(const std::string& path, std::vector<std::string>& problems) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return {path};
  std::vector<std::string> found;
  for (fs::directory_iterator entry(path, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const auto ending = entry->path().extension();
    std::error_code ignored;
    if ((ending == ".json" || ending == ".yaml" || ending == ".yml") &&
        !entry->is_directory(ignored))
      found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  const std::string where = std::string(config_flag) + ": the folder " + kip::quoted(path, 300);
  if (failed)
    problems.push_back(where + " cannot be read: " + failed.message());
  else if (found.empty())
    problems.push_back(where + " has no file; expected *.json, *.yaml or *.yml");
  return found;
}

// What keeps the program from being started, as far as can be seen; "" if nothing.
std::string flaw_of(const std::string& program) {
  std::error_code failed;
  const auto status = fs::status(program, failed);
  if (failed && status.type() != fs::file_type::not_found) return failed.message();
  if (status.type() == fs::file_type::not_found) return "it is not there";
  if (status.type() != fs::file_type::regular) return "it is not a file";
  return access(program.c_str(), X_OK) == 0 ? "" : std::strerror(errno);
}

}  // namespace

Result<std::vector<CredentialProvider>, std::vector<std::string>> read_credential_providers(
    const std::string& config_path, const std::string& bin_folder) {
  CredentialProviderConfig config;
  for (const auto& path : config_files(config_path, config.problems)) {
    const auto text = read_small_file(path, config_flag);
    const auto content = text ? from_yaml(*text) : text.error();
    if (content)
      add_credential_providers(config, *content, path);
    else
      config.problems.push_back((text ? path + ": " : "") + content.error().message);
  }
  std::error_code failed;
  if (!fs::is_directory(bin_folder, failed)) {
    config.problems.push_back(std::string(bin_flag) + ": " + kip::quoted(bin_folder, 300) +
                              " is not a folder");
  } else if (config.problems.empty()) {  // names are proper
    for (const auto& provider : config.providers)
      if (const auto flaw = flaw_of(bin_folder + "/" + provider.name); !flaw.empty())
        config.problems.push_back(std::string(bin_flag) + ": the program " +
                                  kip::quoted(bin_folder + "/" + provider.name, 300) +
                                  " of provider " + kip::quoted(provider.name) +
                                  " cannot be started: " + flaw);
  }
  if (!config.problems.empty()) return config.problems;
  return config.providers;
}

// Waits for the answers of all plugins that are for an image.
class CredentialProviders::Question : public Handle {
 public:
  Question(const types::ImageReference& image,
           const std::vector<CredentialProviderPlugin*>& plugins, Done done)
      : image_(image), done_(std::move(done)), answers_(plugins.size()), missing_(plugins.size()) {
    for (std::size_t i = 0; i < plugins.size(); ++i)
      asked_.push_back(plugins[i]->get(image, [this, i](const registry::DockerConfig& answer) {
        answers_[i] = answer;
        if (--missing_ == 0) end();
      }));
  }

 private:
  void end() {
    registry::Keyring keyring;
    for (const auto& answer : answers_) keyring.add(answer);
    const auto done = std::move(done_);
    done(keyring.matching(image_));  // may destroy this
  }

  const types::ImageReference image_;
  Done done_;
  std::vector<registry::DockerConfig> answers_;  // in the plugins' order
  std::size_t missing_;
  std::vector<HandlePtr> asked_;
};

class CredentialProviders::Questions : public Handle {
 public:
  Questions(CredentialProviders& of, const std::vector<types::ImageReference>& images,
            Duration patience, AllDone done)
      : done_(std::move(done)), answers_(images.size()), missing_(images.size()) {
    deadline_ = of.scheduler_.after(missing_ == 0 ? Duration::zero() : patience, [this] {
      if (missing_ > 0)
        log::warn("credential providers did not answer in time; going on without them",
                  {{"images", missing_}});
      end();
    });
    for (std::size_t i = 0; i < images.size(); ++i)
      asked_.push_back(of.get(images[i], [this, i, &of](std::vector<registry::Credentials> found) {
        answers_[i] = std::move(found);
        if (--missing_ == 0) deadline_ = of.scheduler_.after(Duration::zero(), [this] { end(); });
      }));
  }
  ~Questions() override { give_up(); }

 private:
  // The last first: what the first wait for would else be begun for those behind them.
  void give_up() {
    while (!asked_.empty()) asked_.pop_back();
  }
  void end() {
    const HandlePtr ended = std::move(deadline_);
    give_up();
    const auto done = std::move(done_);
    done(std::move(answers_));  // may destroy this
  }

  AllDone done_;
  std::vector<std::vector<registry::Credentials>> answers_;
  std::size_t missing_;
  std::vector<HandlePtr> asked_;
  HandlePtr deadline_;
};

HandlePtr CredentialProviders::get_all(const std::vector<types::ImageReference>& images,
                                       Duration patience, AllDone done) {
  return std::make_unique<Questions>(*this, images, patience, std::move(done));
}

CredentialProviders::CredentialProviders(Scheduler& scheduler,
                                         std::vector<CredentialProvider> providers,
                                         const std::string& bin_folder,
                                         const CredentialProviderLimits& limits)
    : scheduler_(scheduler) {
  for (auto& provider : providers)
    plugins_.push_back(std::make_unique<CredentialProviderPlugin>(scheduler, std::move(provider),
                                                                  bin_folder, limits));
}

HandlePtr CredentialProviders::get(const types::ImageReference& image, Done done) {
  std::vector<CredentialProviderPlugin*> plugins;
  for (const auto& plugin : plugins_)
    if (plugin->provider().matches(image)) plugins.push_back(plugin.get());
  if (plugins.empty())
    return scheduler_.after(Duration::zero(), [done = std::move(done)] { done({}); });
  return std::make_unique<Question>(image, plugins, std::move(done));
}

}  // namespace kip::agent
