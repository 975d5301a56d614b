#include "kube/access/exec_plugin.h"

#include <algorithm>
#include <list>
#include <utility>

#include "base/base64.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "loop/watched_file.h"

namespace kip::kube {

namespace {

// An answer this near to its end is not used any more: the request takes its time too.
constexpr Duration early = std::chrono::seconds{10};

// RFC 3339 with any offset: plugins write their local one too.
std::optional<WallTime> timestamp(std::string text) {
  Duration offset{};
  if (text.size() > 6 && (text[text.size() - 6] == '+' || text[text.size() - 6] == '-') &&
      text[text.size() - 3] == ':') {
    const std::string tail = text.substr(text.size() - 6);
    for (const std::size_t i : {1U, 2U, 4U, 5U}) {
      if (tail[i] < '0' || tail[i] > '9') return std::nullopt;
    }
    const int minutes =
        ((tail[1] - '0') * 10 + tail[2] - '0') * 60 + (tail[4] - '0') * 10 + tail[5] - '0';
    offset = std::chrono::minutes{tail[0] == '+' ? minutes : -minutes};
    text.replace(text.size() - 6, 6, "Z");
  }
  const auto time = from_rfc3339(text);
  return time ? std::optional<WallTime>(*time - offset) : std::nullopt;
}

Error unfit(const std::string& why) {
  return {ErrorKind::transient, "its answer is not an ExecCredential: " + why};
}

}  // namespace

Result<ExecCredential> parse_exec_credential(const std::string& output,
                                             const std::string& api_version) {
  const json answer = parse_json(output);
  if (!answer.is_object()) return unfit("no JSON object on stdout");
  if (string_at(answer, "/kind") != "ExecCredential")
    return unfit("kind is " + kip::quoted(string_at(answer, "/kind")) +
                 "; expected ExecCredential");
  if (string_at(answer, "/apiVersion") != api_version)
    return unfit("apiVersion is " + kip::quoted(string_at(answer, "/apiVersion")) + "; expected " +
                 api_version);
  ExecCredential credential;
  credential.certificate_pem = string_at(answer, "/status/clientCertificateData");
  credential.key_pem = string_at(answer, "/status/clientKeyData");
  if (credential.certificate_pem.empty() != credential.key_pem.empty())
    return unfit("it has one of clientCertificateData and clientKeyData; expected both or none");
  const std::string token = string_at(answer, "/status/token");
  if (token.empty() && credential.key_pem.empty())
    return unfit("status has neither token nor clientCertificateData");
  if (!token.empty()) {
    // From here the text of the Error is about the token's characters, never the token.
    constexpr std::string_view line_ends = "\r\n";
    for (const char c : token) {
      if ((c <= ' ' || c > '~') && line_ends.find(c) == std::string_view::npos)
        return unfit("status.token holds a character that no bearer token has");
    }
    credential.token = trimmed(token);
    if (credential.token.find_first_of(line_ends) != std::string::npos)
      return unfit("status.token has more than one line");
  }
  const std::string expires = string_at(answer, "/status/expirationTimestamp");
  if (!expires.empty()) {
    credential.expires = timestamp(expires);
    if (!credential.expires)
      return unfit("expirationTimestamp is " + kip::quoted(expires) +
                   "; expected a time as in RFC 3339");
  }
  return credential;
}

std::string exec_info(const Access& access, const std::string& ca_pem) {
  json spec = {{"interactive", false}};
  if (access.exec->provide_cluster_info) {
    json cluster = {{"server", access.server.text()}};
    if (!ca_pem.empty()) cluster["certificate-authority-data"] = to_base64(ca_pem);
    if (!access.tls_server_name.empty()) cluster["tls-server-name"] = access.tls_server_name;
    if (access.insecure_skip_tls_verify) cluster["insecure-skip-tls-verify"] = true;
    spec["cluster"] = std::move(cluster);
  }
  return to_text(json{{"apiVersion", access.exec->api_version},
                      {"kind", "ExecCredential"},
                      {"spec", std::move(spec)}});
}

// Who waits for the present run. Shared with the handles, which may live longer than the plugin.
struct ExecPlugin::Waiters {
  using Done = std::function<void(Result<ExecCredential>)>;
  std::list<std::shared_ptr<Done>> list;
};

class ExecPlugin::Waiter : public Handle {
 public:
  Waiter(std::shared_ptr<Waiters> waiters, std::shared_ptr<Waiters::Done> mine)
      : waiters_(std::move(waiters)), mine_(std::move(mine)) {}
  ~Waiter() override { waiters_->list.remove(mine_); }

 private:
  std::shared_ptr<Waiters> waiters_;
  std::shared_ptr<Waiters::Done> mine_;
};

ExecPlugin::ExecPlugin(Scheduler& scheduler, Access access, Duration longest)
    : scheduler_(scheduler),
      access_(std::move(access)),
      longest_(longest),
      waiters_(std::make_shared<Waiters>()) {}

ExecPlugin::~ExecPlugin() { waiters_->list.clear(); }

HandlePtr ExecPlugin::get(std::function<void(Result<ExecCredential>)> done) {
  if (kept_ && (!kept_->expires || scheduler_.wall_now() + early < *kept_->expires)) {
    return scheduler_.after(Duration::zero(),
                            [done = std::move(done), answer = *kept_] { done(answer); });
  }
  auto mine = std::make_shared<Waiters::Done>(std::move(done));
  waiters_->list.push_back(mine);
  if (!running_) start();
  return std::make_unique<Waiter>(waiters_, mine);
}

void ExecPlugin::reject(const std::string& token, const std::string& certificate_pem) {
  const bool same = kept_ && kept_->token == token &&
                    (kept_->certificate_pem.empty() || kept_->certificate_pem == certificate_pem);
  if (same) kept_.reset();
}

void ExecPlugin::start() {
  std::string ca = access_.ca.data;
  if (access_.exec->provide_cluster_info && !access_.ca.file.empty()) {
    if (auto content = read_small_file(access_.ca.file, "certificate authority")) ca = *content;
  }
  ChildSettings child;
  child.command = {access_.exec->command};
  child.command.insert(child.command.end(), access_.exec->args.begin(), access_.exec->args.end());
  child.env = access_.exec->env;
  child.env.emplace_back("KUBERNETES_EXEC_INFO", exec_info(access_, ca));
  child.deadline = longest_;
  running_ = run_child(scheduler_, std::move(child),
                       [this](const Result<ChildOutput>& output) { ended(output); });
}

Result<ExecCredential> ExecPlugin::credential_of(const Result<ChildOutput>& output) const {
  const std::string who = "credential plugin " + kip::quoted(access_.exec->command, 300) + ": ";
  const std::string hint =
      access_.exec->install_hint.empty() ? "" : "; " + kip::quoted(access_.exec->install_hint, 500);
  if (!output) return Error{output.error().kind, who + output.error().message + hint};
  const std::string err{trimmed(output->err)};
  if (!err.empty()) {
    log::warn("credential plugin wrote to stderr",
              {{"command", access_.exec->command}, {"stderr", err}});
  }
  if (output->exit_code != 0) {
    return Error{ErrorKind::transient,
                 who + "it ended with code " + std::to_string(output->exit_code) +
                     (err.empty() ? "" : ": " + kip::quoted(err, 500)) + hint};
  }
  auto answer = parse_exec_credential(output->out, access_.exec->api_version);
  if (!answer) return Error{answer.error().kind, who + answer.error().message};
  return answer;
}

void ExecPlugin::ended(const Result<ChildOutput>& output) {
  const auto answer = credential_of(output);
  const auto child = std::exchange(running_, nullptr);  // alive until the end of this call
  if (answer) kept_ = *answer;
  // A waiter may ask again, give up others, or destroy this: its destructor empties the list.
  const auto waiters = waiters_;
  const auto called = waiters->list;
  for (const auto& each : called) {
    const auto found = std::find(waiters->list.begin(), waiters->list.end(), each);
    if (found == waiters->list.end()) continue;
    waiters->list.erase(found);
    (*each)(answer);
  }
}

}  // namespace kip::kube
