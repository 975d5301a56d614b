#include "types/dns_name.h"

#include <string>

#include "base/text.h"

namespace kip::types {

namespace {

constexpr std::size_t label_limit = 63;       // RFC 1035, section 2.3.4
constexpr std::size_t subdomain_limit = 253;  // what Kubernetes leaves of RFC 1035's 255

bool is_lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_alnum(char c) { return is_lower_alnum(c) || (c >= 'A' && c <= 'Z'); }

// How one kind of name is described to its writer.
struct Kind {
  const char* what;
  const char* expected;
  bool (*edge)(char);  // may be the first and the last byte
  std::string_view inside;
};

constexpr Kind label_kind{"a DNS label", "lower-case letters, digits and \"-\" between them",
                          is_lower_alnum, "-"};
constexpr Kind subdomain_kind{"a DNS subdomain",
                              "lower-case letters, digits, and \"-\" or \".\" between them",
                              is_lower_alnum, "-."};
constexpr Kind name_kind{"a label's name or value",
                         "letters, digits, and \"-\", \"_\" or \".\" between them", is_alnum,
                         "-_."};

Error refused(std::string_view text, const Kind& kind, const std::string& why) {
  return permanent(quoted(text) + " is not " + kind.what + ": " + why + "; expected " +
                   kind.expected);
}

Status check(std::string_view text, const Kind& kind, std::size_t limit) {
  if (text.empty()) return refused(text, kind, "it is empty");
  if (text.size() > limit)
    return refused(
        text, kind,
        "it has " + std::to_string(text.size()) + " bytes, more than " + std::to_string(limit));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kind.edge(text[i])) continue;
    const bool allowed = kind.inside.find(text[i]) != std::string_view::npos;
    const std::string found =
        quoted(text.substr(i, 1)) + " stands at byte " + std::to_string(i + 1);
    if (!allowed) return refused(text, kind, found);
    // A subdomain is labels with dots between them, so next to a dot a label begins or ends.
    const bool dotted = &kind == &subdomain_kind;
    const auto ends = [&](std::size_t k) { return k == text.size() || (dotted && text[k] == '.'); };
    const bool begins = i == 0 || (dotted && text[i - 1] == '.');
    if (begins || ends(i + 1)) return refused(text, kind, found + ", where a label begins or ends");
    if (dotted && text[i] == '.' && !kind.edge(text[i - 1]))
      return refused(text, kind, found + ", where a label begins or ends");
  }
  return Done{};
}

}  // namespace

Status check_dns_label(std::string_view text) { return check(text, label_kind, label_limit); }

std::string dns_label_of(std::string_view text, std::size_t limit) {
  std::string name;
  for (const char c : lowered(text)) {
    const bool is_good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_good || (!name.empty() && name.back() != '-')) name += is_good ? c : '-';
  }
  name = name.substr(0, limit);
  while (name.ends_with('-')) name.pop_back();
  return name;
}

Status check_dns_subdomain(std::string_view text) {
  return check(text, subdomain_kind, subdomain_limit);
}

Status check_qualified_name(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return check(text, name_kind, label_limit);
  if (auto prefix = check_dns_subdomain(text.substr(0, slash)); !prefix) return prefix;
  return check(text.substr(slash + 1), name_kind, label_limit);
}

Status check_label_value(std::string_view text) {
  if (text.empty()) return Done{};
  return check(text, name_kind, label_limit);
}

}  // namespace kip::types
