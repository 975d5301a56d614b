#include "controller/openshift.h"

#include "base/log.h"

namespace kip::controller {

OpenShift::OpenShift(kube::Client client, Scheduler& scheduler)
    : client_(client),
      poll_(scheduler, {.trouble = "cannot ask for OpenShift's API group; trying again",
                        .forbidden_tries = 1,
                        .is_waited_for = true}) {}

void OpenShift::look(std::function<void()> on_known) {
  on_known_ = std::move(on_known);
  poll_.ask(
      [this](kube::Client::Done done) {
        return client_.get_path("/apis/route.openshift.io", std::move(done));
      },
      [this](const kube::Answer& answer) { on_answer(answer); });
}

void OpenShift::on_answer(const kube::Answer& answer) {
  is_there_ = answer.ok();
  is_known_ = true;
  if (answer) log::info("this is OpenShift: UIDs and GIDs are left to its SCC");
  if (!answer && kube::is_forbidden(answer.error()))
    log::warn("cannot tell whether this is OpenShift; taking it for plain Kubernetes",
              {{"error", answer.error().message}});
  on_known_();
}

}  // namespace kip::controller
