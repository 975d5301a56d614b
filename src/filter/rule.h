// DISCOVER_RULE: a small boolean expression over what is known of an image in a workload. It only
// compares; there are no variables, calls or loops, so that judging takes time in proportion to the
// expression and to the texts. Plain values; any thread may use them.
//
//   rule       = and { "||" and }
//   and        = term { "&&" term }
//   term       = "!" term | "(" rule ")" | field comparison
//   comparison = ("==" | "!=" | "contains" | "startsWith" | "endsWith" | "matches") text
//              | "in" "[" text { "," text } "]"
//   field      = "namespace" | "kind" | "name" | "image" | "registry" | "repository" | "tag"
//              | "labels" "[" text "]"
//   text       = in double or single quotes; a backslash takes the next quote or backslash as it is
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "filter/regex.h"
#include "types/image_reference.h"

namespace kip::filter {

enum class Field { name_space, kind, name, image, registry, repository, tag, label };
enum class Comparison { equal, not_equal, contains, starts_with, ends_with, matches, in };

// What a rule judges. Refers to its caller's values.
struct Subject {
  std::string_view namespace_name, kind, name;
  const types::ImageReference& image;
  const json& labels;  // of the object itself; an object of strings, or null
};

class Rule {
 public:
  // At most max_rule bytes. The error says at which byte (from 1), what was found and what was
  // expected.
  static Result<Rule> parse(std::string_view text);

  const std::string& text() const { return text_; }
  bool holds_for(const Subject& subject) const;
  bool operator==(const Rule& other) const { return text_ == other.text_; }

  // A part of it; parts stand behind the parts that they are made of.
  struct Node {
    enum class Kind { comparison, negation, conjunction, disjunction };
    Kind kind = Kind::comparison;
    std::uint32_t left = 0, right = 0;  // negation has the left one alone
    // Of a comparison:
    Field field = Field::name;
    std::string label = {};  // where the field is one
    Comparison comparison = Comparison::equal;
    std::vector<std::string> texts = {};  // one, but for `in`
    std::vector<Regex> regexes = {};      // one where it matches
  };

 private:
  std::string text_;
  std::vector<Node> nodes_;  // the last one is the rule; not empty
};

inline constexpr std::size_t max_rule = 4096;  // bytes
inline constexpr int max_rule_depth = 50;      // of parentheses and negations
inline constexpr int max_rule_regexes = 20;

}  // namespace kip::filter
