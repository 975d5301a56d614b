#include "agent/report_file.h"

#include <fstream>

#include <unistd.h>

#include "base/log.h"

namespace kip::agent {

void leave_report(std::string path, const std::string& message) {
  constexpr const char* of_a_container = "/dev/termination-log";
  if (path.empty() && access(of_a_container, W_OK) == 0) path = of_a_container;
  if (path.empty()) return;
  std::ofstream file(path, std::ios::trunc);
  file << message;
  file.flush();
  if (!file) log::warn("cannot write the report", {{"path", path}});
}

}  // namespace kip::agent
