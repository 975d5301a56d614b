#include "types/image_reference.h"

#include <algorithm>

#include "base/text.h"
#include "types/digest.h"

namespace kip::types {

namespace {

constexpr std::string_view default_domain = "docker.io";
constexpr std::string_view old_default_domain = "index.docker.io";  // its name up to 2015
constexpr std::string_view official_prefix = "library/";
constexpr std::size_t path_limit = 255;  // distribution/reference: RepositoryNameTotalLengthMax
constexpr std::size_t tag_limit = 128;   // OCI distribution specification, "Pulling manifests"

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alnum(char c) { return is_lower(c) || is_upper(c) || is_digit(c); }
bool is_lower_alnum(char c) { return is_lower(c) || is_digit(c); }
bool is_lower_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_ipv6(char c) { return is_lower_hex(c) || (c >= 'A' && c <= 'F') || c == ':'; }
bool is_tag(char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; }

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
}

// Calls `check` for each part between separators; true if it is for all of them.
template <class Check>
bool each_part(std::string_view text, char separator, Check check) {
  while (true) {
    const auto end = text.find(separator);
    if (!check(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

bool is_host_label(std::string_view label) {
  return all(label, [](char c) { return is_alnum(c) || c == '-'; }) && label.front() != '-' &&
         label.back() != '-';
}

bool is_domain(std::string_view domain) {
  auto host_end = domain.find(':');
  if (domain.starts_with('[')) {
    const auto close = domain.find(']');
    if (close == std::string_view::npos || !all(domain.substr(1, close - 1), is_ipv6)) return false;
    host_end = close + 1;
  } else if (!each_part(domain.substr(0, host_end), '.', is_host_label)) {
    return false;
  }
  if (host_end >= domain.size()) return true;
  return domain[host_end] == ':' && all(domain.substr(host_end + 1), is_digit);
}

// Lower-case letters and digits with `.`, `_`, `__` or any number of `-` between them.
bool is_path_component(std::string_view component) {
  if (component.empty() || !is_lower_alnum(component.front()) || !is_lower_alnum(component.back()))
    return false;
  for (std::size_t i = 0; i < component.size();) {
    std::size_t end = i;
    while (end < component.size() && !is_lower_alnum(component[end])) ++end;
    const auto separator = component.substr(i, end - i);
    const bool dashes = separator.find_first_not_of('-') == std::string_view::npos;
    if (!dashes && separator != "." && separator != "_" && separator != "__") return false;
    i = end + 1;
  }
  return true;
}

// Whether what stands before the first slash names a registry rather than a part of the path.
bool names_a_domain(std::string_view first) {
  return first == "localhost" || first.find_first_of(".:") != std::string_view::npos ||
         std::any_of(first.begin(), first.end(), is_upper);
}

Error refused(std::string_view text, const std::string& why) {
  return permanent(quoted(text) + " is not an image reference: " + why +
                   "; expected [registry/]path[:tag][@sha256:…]");
}

}  // namespace

Result<ImageReference> parse_image_reference(std::string_view text) {
  if (text.empty()) return refused(text, "it is empty");
  if (text.size() == 64 && all(text, is_lower_hex))
    return refused(text, "it is an image's ID, which only the machine that has it understands");
  ImageReference out;
  out.text = text;
  auto name = text;
  if (const auto at = name.find('@'); at != std::string_view::npos) {
    out.digest = name.substr(at + 1);
    name = name.substr(0, at);
    if (!parse_digest(out.digest))
      return refused(text,
                     "its digest " + quoted(out.digest) + " is not " + std::string(digest_form));
  }
  const auto slash = name.find('/');
  if (slash != std::string_view::npos && names_a_domain(name.substr(0, slash))) {
    out.domain = name.substr(0, slash);
    name.remove_prefix(slash + 1);
    // The kubelet takes what looks like a path for a registry too: "my_registry.local/x".
    if (!is_domain(out.domain) && !is_path_component(out.domain))
      return refused(text, "its registry " + quoted(out.domain) + " is not host[:port]");
  }
  if (out.domain.empty() || out.domain == old_default_domain) out.domain = default_domain;

  const auto colon = name.find(':');
  const auto path = name.substr(0, colon);
  if (colon != std::string_view::npos) {
    out.tag = name.substr(colon + 1);
    if (!all(out.tag, is_tag) || out.tag[0] == '.' || out.tag[0] == '-')
      return refused(text, "its tag " + quoted(out.tag) +
                               " is not letters, digits, \"_\", \".\" and \"-\" with none of the "
                               "last two at its start");
    if (out.tag.size() > tag_limit)
      return refused(text, "its tag has " + std::to_string(out.tag.size()) + " bytes, more than " +
                               std::to_string(tag_limit));
  }
  if (std::any_of(path.begin(), path.end(), is_upper))
    return refused(text, "its path " + quoted(path) + " has an upper-case letter");
  if (!each_part(path, '/', is_path_component))
    return refused(text, "its path " + quoted(path) +
                             " is not lower-case letters and digits with \".\", \"_\", \"__\" or "
                             "\"-\" between them");
  const bool official = out.domain == default_domain && path.find('/') == std::string_view::npos;
  out.path = std::string(official ? official_prefix : "") + std::string(path);
  if (out.path.size() > path_limit)
    return refused(text, "its path has " + std::to_string(out.path.size()) + " bytes, more than " +
                             std::to_string(path_limit));
  return out;
}

std::string ImageReference::full() const {
  return repository() + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

std::string ImageReference::whole() const {
  return full() + (tag.empty() && digest.empty() ? ":latest" : "");
}

std::string ImageReference::familiar_name() const {
  if (domain != "docker.io") return repository();
  constexpr std::string_view official = "library/";
  return path.starts_with(official) ? path.substr(official.size()) : path;
}

std::string repository_of(std::string_view reference) {
  const auto parsed = parse_image_reference(reference);
  return parsed ? parsed->repository() : "";
}

}  // namespace kip::types
