#include "filter/rule_parser.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kip::filter {

namespace {

constexpr std::pair<std::string_view, Field> fields[] = {{"namespace", Field::name_space},
                                                         {"kind", Field::kind},
                                                         {"name", Field::name},
                                                         {"image", Field::image},
                                                         {"registry", Field::registry},
                                                         {"repository", Field::repository},
                                                         {"tag", Field::tag},
                                                         {"labels", Field::label}};
constexpr std::pair<std::string_view, Comparison> comparisons[] = {
    {"==", Comparison::equal},
    {"!=", Comparison::not_equal},
    {"contains", Comparison::contains},
    {"startsWith", Comparison::starts_with},
    {"endsWith", Comparison::ends_with},
    {"matches", Comparison::matches},
    {"in", Comparison::in}};

constexpr const char* a_term =
    "namespace, kind, name, image, registry, repository, tag, labels[\"KEY\"], ! or (";
constexpr const char* a_comparison = "==, !=, contains, startsWith, endsWith, matches or in";
constexpr const char* a_text = "a text in quotes";

template <class Table>
const auto* find(const Table& table, const Token& token) {
  const auto found = std::find_if(std::begin(table), std::end(table),
                                  [&](const auto& entry) { return token.is(entry.first); });
  return found == std::end(table) ? nullptr : &found->second;
}

}  // namespace

Result<std::vector<Rule::Node>> RuleParser::parse() {
  if (auto good = step(); !good) return good.error();
  const auto whole = rule(0);
  if (!whole) return whole.error();
  if (token_.kind != Token::Kind::end) return unexpected("&&, || or the end");
  return std::move(nodes_);
}

RuleParser::Index RuleParser::rule(int depth) {
  return joined_by("||", Kind::disjunction, depth, &RuleParser::conjunction);
}

RuleParser::Index RuleParser::conjunction(int depth) {
  return joined_by("&&", Kind::conjunction, depth, &RuleParser::term);
}

RuleParser::Index RuleParser::joined_by(const char* sign, Kind kind, int depth,
                                        Index (RuleParser::*part)(int)) {
  Index left = (this->*part)(depth);
  while (left && token_.is(sign)) {
    if (auto good = step(); !good) return good.error();
    const Index right = (this->*part)(depth);
    if (!right) return right.error();
    left = put({.kind = kind, .left = *left, .right = *right});
  }
  return left;
}

RuleParser::Index RuleParser::term(int depth) {
  const bool is_negation = token_.is("!");
  if (!is_negation && !token_.is("(")) return comparison();
  if (depth == max_rule_depth)
    return rule_error(token_.byte, token_.shown(),
                      "at most " + std::to_string(max_rule_depth) + " ( and ! within each other");
  if (auto good = step(); !good) return good.error();
  Index inner = is_negation ? term(depth + 1) : rule(depth + 1);
  if (!inner) return inner;
  if (is_negation) return put({.kind = Kind::negation, .left = *inner});
  if (auto good = expect(")"); !good) return good.error();
  return inner;
}

RuleParser::Index RuleParser::comparison() {
  Rule::Node node;
  for (const auto part : {&RuleParser::field, &RuleParser::operation})
    if (auto good = (this->*part)(node); !good) return good.error();
  return put(std::move(node));
}

Status RuleParser::field(Rule::Node& node) {
  const Field* const field = find(fields, token_);
  if (field == nullptr) return unexpected(a_term);
  node.field = *field;
  if (auto good = step(); !good || node.field != Field::label) return good;
  if (auto good = expect("["); !good) return good;
  if (auto good = text(node.label, "the key of a label in quotes"); !good) return good;
  return expect("]");
}

Status RuleParser::operation(Rule::Node& node) {
  const Comparison* const comparison = find(comparisons, token_);
  if (comparison == nullptr) return unexpected(a_comparison);
  node.comparison = *comparison;
  if (auto good = step(); !good) return good;
  if (node.comparison == Comparison::in) return list(node);
  const std::size_t byte = token_.byte;
  std::string value;
  if (auto good = text(value, a_text); !good) return good;
  if (node.comparison == Comparison::matches) {
    if (++regexes_ > max_rule_regexes)
      return rule_error(byte, "one more regular expression",
                        "at most " + std::to_string(max_rule_regexes));
    auto regex = Regex::parse(value);
    if (!regex) return permanent("at byte " + std::to_string(byte) + ": " + regex.error().message);
    node.regexes.push_back(std::move(*regex));
  }
  node.texts.push_back(std::move(value));
  return Done{};
}

Status RuleParser::list(Rule::Node& node) {
  if (auto good = expect("["); !good) return good;
  while (true) {
    if (auto good = text(node.texts.emplace_back(), a_text); !good) return good;
    if (token_.is("]")) return step();
    if (!token_.is(",")) return unexpected(", or ]");
    if (auto good = step(); !good) return good;
  }
}

Status RuleParser::text(std::string& into, const char* expected) {
  if (token_.kind != Token::Kind::text) return unexpected(expected);
  into = std::move(token_.value);
  return step();
}

Status RuleParser::step() {
  auto token = lexer_.next();
  if (!token) return token.error();
  token_ = std::move(*token);
  return Done{};
}

Status RuleParser::expect(const char* sign) {
  if (!token_.is(sign)) return unexpected(sign);
  return step();
}

Error RuleParser::unexpected(const char* expected) const {
  return rule_error(token_.byte, token_.shown(), expected);
}

std::uint32_t RuleParser::put(Rule::Node node) {
  nodes_.push_back(std::move(node));
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

}  // namespace kip::filter
