#include "archive/age.h"

namespace kip::archive {

bool is_due(WallTime changed, WallTime now, const std::optional<Duration>& age_limit) {
  if (!age_limit) return false;
  return changed > now || now - changed >= *age_limit;
}

}  // namespace kip::archive
