// A Kubernetes quantity: an amount of CPU or memory, as `500m`, `.05`, `20Mi` or `1e3`. Plain
// values; any thread may use them. Amounts are exact down to 1n; what is smaller is rounded away
// from zero, as the API server does. Source:
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kip::types {

class Quantity {
 public:
  // Stricter than the API server in two points: a digit must be there (it reads "." and "Ki" as 0),
  // and an amount beyond ±(2⁶³ − 1) is refused (it cuts some of them and garbles others).
  static Result<Quantity> parse(std::string_view text);

  // As it was written; empty for a Quantity that was not parsed.
  const std::string& text() const { return text_; }

  // The text that the API server writes for the quantity: `.05` → `50m`, `1024Ki` → `1Mi`. A text
  // that it takes for canonical stays as written, even `+1` and `1.500`.
  std::string canonical() const;

  // The same, for a quantity in a container's resources: there the API server first rounds up to
  // thousandths (`1n` → `1m`).
  std::string stored() const;

  // Exact, by amount alone: 1Ki is as much as 1024.
  std::strong_ordering compare(const Quantity& other) const;

  // Written the same way.
  bool operator==(const Quantity& other) const { return text_ == other.text_; }

  int sign() const { return nanos_ < 0 ? -1 : nanos_ > 0 ? 1 : 0; }
  // Rounded up; fits, as larger amounts are refused.
  std::int64_t whole_units() const;
  bool is_whole() const;  // no fraction of a unit: memory of less than a byte means nothing

 private:
  __extension__ using Int128 = __int128;
  enum class Format { decimal, exponent, binary };

  static std::string written(Int128 nanos, Format format);

  Int128 nanos_ = 0;  // 10⁻⁹; 2⁶³ · 10⁹ fits in 94 bits
  Format format_ = Format::decimal;
  std::string text_;
  bool is_canonical_ = false;        // the API server keeps the text
  bool is_canonical_milli_ = false;  // …and it holds no fraction of a thousandth
};

}  // namespace kip::types
