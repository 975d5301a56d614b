#include "filter/regex.h"

#include <utility>

#include <re2/re2.h>

#include "base/text.h"

namespace kip::filter {

namespace {

constexpr std::int64_t max_memory = 256 << 10;  // bytes, of the program and of what matching keeps

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(max_memory);
  return options;
}

}  // namespace

Regex::Regex(std::string text, std::shared_ptr<const re2::RE2> compiled)
    : text_(std::move(text)), compiled_(std::move(compiled)) {}

Result<Regex> Regex::parse(std::string_view text) {
  if (text.size() > max_regex)
    return permanent(quoted(text, 40) + " has " + std::to_string(text.size()) +
                     " bytes; expected a regular expression of at most " +
                     std::to_string(max_regex));
  auto compiled =
      std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options());
  if (!compiled->ok())
    return permanent(quoted(text) + " is no regular expression: " + quoted(compiled->error(), 120) +
                     "; expected RE2's syntax, such as ^quay\\.io/team-[a-z]+/");
  return Regex(std::string(text), std::move(compiled));
}

bool Regex::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace kip::filter
