// What an image's content is known by: `sha256:` and the hash in lower-case hexadecimal digits. A
// plain value.
// Source: OCI image specification, descriptor.md, "Digests".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kip::types {

class Digest {
 public:
  const std::string& text() const { return text_; }  // "sha256:0f3c…"
  std::string_view algorithm() const;                // "sha256"
  std::string_view hex() const;                      // "0f3c…"
  auto operator<=>(const Digest&) const = default;

 private:
  friend std::optional<Digest> parse_digest(std::string_view text);
  explicit Digest(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// sha256 with 64 digits, sha384 with 96 or sha512 with 128, which are what the kubelet's library
// knows; nothing for any other text.
std::optional<Digest> parse_digest(std::string_view text);

// For messages: what parse_digest takes.
inline constexpr std::string_view digest_form =
    "sha256: and 64 lower-case hexadecimal digits (or sha384: and 96, sha512: and 128)";

}  // namespace kip::types
