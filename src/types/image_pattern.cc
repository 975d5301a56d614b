#include "types/image_pattern.h"

#include <algorithm>

#include "base/text.h"

namespace kip::types {

namespace {

constexpr std::string_view hub = "docker.io", old_hub = "index.docker.io";

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_of_host(char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '*'; }
bool is_of_address(char c) { return is_alnum(c) || c == ':' || c == '.' || c == '[' || c == ']'; }
bool is_of_path(char c) {
  return (is_alnum(c) && (c < 'A' || c > 'Z')) || c == '-' || c == '_' || c == '.' || c == '/';
}

// Takes the part before the next dot off.
std::string_view next_part(std::string_view& rest) {
  const auto dot = rest.find('.');
  const auto part = rest.substr(0, dot);
  rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
  return part;
}

bool hosts_match(std::string_view pattern, std::string_view host) {
  if (std::count(pattern.begin(), pattern.end(), '.') != std::count(host.begin(), host.end(), '.'))
    return false;
  while (!pattern.empty() || !host.empty())
    if (!matches_wildcard(next_part(pattern), next_part(host))) return false;
  return true;
}

Error refused(std::string_view text, const std::string& why) {
  return permanent(quoted(text) + " is not how an image's name begins: " + why +
                   "; expected host[:port][/path], such as quay.io/team or *.example.com");
}

}  // namespace

bool matches_wildcard(std::string_view pattern, std::string_view text) {
  // Where the last star stands, and how much of the text it has taken: on a mismatch it takes one
  // more character, so the time is at most the product of the lengths.
  std::size_t p = 0, t = 0, star = std::string_view::npos, taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

void split_port(std::string_view authority, std::string& host, std::string& port) {
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  host = authority.substr(0, has_port ? colon : std::string_view::npos);
  port = has_port ? authority.substr(colon + 1) : "";
}

std::string ImagePattern::text() const { return host + (port.empty() ? "" : ":" + port) + path; }

bool ImagePattern::matches(const ImageReference& image) const {
  std::string image_host, image_port;
  split_port(image.domain, image_host, image_port);
  return port == image_port && ("/" + image.path).starts_with(path) &&
         hosts_match(host, image_host);
}

Result<ImagePattern> parse_image_pattern(std::string_view text) {
  if (text.empty()) return refused(text, "it is empty");
  if (const auto scheme = text.find("://"); scheme != std::string_view::npos)
    return refused(text, "it has a scheme, " + quoted(text.substr(0, scheme + 3)));
  const auto slash = std::min(text.find('/'), text.size());
  const auto authority = text.substr(0, slash);
  const bool is_address = authority.starts_with('[');
  ImagePattern out;
  split_port(authority, out.host, out.port);
  out.path = text.substr(slash);
  if (out.path == "/") out.path.clear();
  const auto strange =
      std::find_if_not(out.host.begin(), out.host.end(), is_address ? is_of_address : is_of_host);
  if (out.host.empty()) return refused(text, "it has no host");
  if (strange != out.host.end())
    return refused(text, quoted(std::string(1, *strange)) + " stands in its host");
  if (is_address && !out.host.ends_with(']')) return refused(text, "its host has no \"]\"");
  const bool has_port = out.host.size() < authority.size();
  if (has_port &&
      (out.port.empty() || out.port.size() > 5 ||
       !std::all_of(out.port.begin(), out.port.end(), [](char c) { return c >= '0' && c <= '9'; })))
    return refused(text, quoted(out.port) + " is not a port");
  // As in a reference: what is none of these is a part of a path at Docker Hub.
  if (!has_port && !is_address && out.host != "localhost" &&
      out.host.find_first_of(".*") == std::string::npos)
    return refused(text, quoted(out.host) + " is not a registry's name, as it has no dot");
  const auto odd = std::find_if_not(out.path.begin(), out.path.end(), is_of_path);
  if (odd != out.path.end())
    return refused(text, quoted(std::string(1, *odd)) + " stands in its path");
  if (out.host == old_hub && out.port.empty()) out.host = hub;
  return out;
}

}  // namespace kip::types
