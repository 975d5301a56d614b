#include "http/transport.h"

#include <strings.h>

namespace kip::http {

bool HeaderLess::operator()(const std::string& a, const std::string& b) const {
  return strcasecmp(a.c_str(), b.c_str()) < 0;
}

}  // namespace kip::http
