// A rule's text as the parts that rule.h describes. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "filter/rule.h"
#include "filter/rule_lexer.h"

namespace kip::filter {

class RuleParser {
 public:
  explicit RuleParser(std::string_view text) : lexer_(text) {}  // not owned

  // The parts; the last one is the rule.
  Result<std::vector<Rule::Node>> parse();

 private:
  using Index = Result<std::uint32_t>;  // of a part
  using Kind = Rule::Node::Kind;

  Index rule(int depth);
  Index conjunction(int depth);
  Index term(int depth);
  Index joined_by(const char* sign, Kind kind, int depth, Index (RuleParser::*part)(int));
  Index comparison();
  Status field(Rule::Node& node);
  Status operation(Rule::Node& node);
  Status list(Rule::Node& node);
  Status text(std::string& into, const char* expected);

  Status step();
  Status expect(const char* sign);
  Error unexpected(const char* expected) const;
  std::uint32_t put(Rule::Node node);

  RuleLexer lexer_;
  Token token_;  // the one to judge next
  std::vector<Rule::Node> nodes_;
  int regexes_ = 0;
};

}  // namespace kip::filter
