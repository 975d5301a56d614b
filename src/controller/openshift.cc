#include "controller/openshift.h"

#include "base/log.h"
#include "base/news.h"
#include "kube/api.h"

namespace kip::controller {

namespace {
constexpr const char* group = "/apis/route.openshift.io";
}

void OpenShift::look(std::function<void()> on_known) {
  on_known_ = std::move(on_known);
  ask();
}

void OpenShift::ask() {
  call_ =
      kube::call(transport_, {"GET", group}, [this](Result<json> answer) { on_answer(answer); });
}

void OpenShift::on_answer(const Result<json>& answer) {
  const int status = answer ? 200 : answer.error().http_status;
  if (answer || status == 404 || status == 403) {
    is_there_ = answer.ok();
    known_ = true;
    if (answer) log::info("this is OpenShift: UIDs and GIDs are left to its SCC");
    if (status == 403)
      log::warn("cannot tell whether this is OpenShift; taking it for plain Kubernetes",
                {{"error", answer.error().message}});
    return on_known_();
  }
  tell_news(last_error_, "cannot ask for OpenShift's API group; trying again", answer.error());
  timer_ = scheduler_.after(
      kube::soon(backoff_.next(answer.error(), scheduler_.random()), answer.error()),
      [this] { ask(); });
}

}  // namespace kip::controller
