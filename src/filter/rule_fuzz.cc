// Any rule: it is taken and judges anything, or is refused with a message that is short and can be
// printed. The same text again says the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "filter/rule.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kip;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rule = filter::Rule::parse(text);
  if (!rule) {
    const std::string& message = rule.error().message;
    if (message.empty() || message.size() > 1000) std::abort();
    if (find_invalid_utf8(message) != std::string::npos) std::abort();
    return 0;
  }
  const auto image = types::parse_image_reference("quay.io/team/app:1.2");
  const json labels = {{"app", "shop"}};
  const filter::Subject subject{"shop", "Deployment", "front", *image, labels};
  const auto again = filter::Rule::parse(rule->text());
  if (!again || again->holds_for(subject) != rule->holds_for(subject)) std::abort();
  return 0;
}
