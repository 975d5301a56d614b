#include "filter/rule.h"

#include <algorithm>
#include <utility>

#include "filter/rule_parser.h"

namespace kip::filter {

namespace {

// As a reference without tag and digest is pulled.
constexpr std::string_view default_tag = "latest";

std::string_view label(const json& labels, const std::string& key) {
  if (!labels.is_object()) return {};
  const auto found = labels.find(key);
  if (found == labels.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

std::string_view value_of(const Rule::Node& node, const Subject& subject) {
  const types::ImageReference& image = subject.image;
  switch (node.field) {
    case Field::name_space:
      return subject.namespace_name;
    case Field::kind:
      return subject.kind;
    case Field::name:
      return subject.name;
    case Field::image:
      return image.text;
    case Field::registry:
      return image.domain;
    case Field::repository:
      return image.path;
    case Field::tag:
      return image.tag.empty() && image.digest.empty() ? default_tag : image.tag;
    case Field::label:
      return label(subject.labels, node.label);
  }
  return {};
}

bool compares(const Rule::Node& node, std::string_view value) {
  const std::string& text = node.texts.front();
  switch (node.comparison) {
    case Comparison::equal:
      return value == text;
    case Comparison::not_equal:
      return value != text;
    case Comparison::contains:
      return value.find(text) != std::string_view::npos;
    case Comparison::starts_with:
      return value.starts_with(text);
    case Comparison::ends_with:
      return value.ends_with(text);
    case Comparison::matches:
      return node.regexes.front().matches(value);
    case Comparison::in:
      return std::find(node.texts.begin(), node.texts.end(), value) != node.texts.end();
  }
  return false;
}

}  // namespace

Result<Rule> Rule::parse(std::string_view text) {
  if (text.size() > max_rule)
    return permanent("it has " + std::to_string(text.size()) + " bytes; expected at most " +
                     std::to_string(max_rule));
  auto nodes = RuleParser(text).parse();
  if (!nodes) return nodes.error();
  Rule rule;
  rule.text_ = text;
  rule.nodes_ = std::move(*nodes);
  return rule;
}

// Parts stand behind what they are made of, so one pass judges each once; a chain of a thousand
// && is no recursion of a thousand calls.
bool Rule::holds_for(const Subject& subject) const {
  std::vector<bool> held;
  held.reserve(nodes_.size());
  for (const Node& node : nodes_) {
    switch (node.kind) {
      case Node::Kind::comparison:
        held.push_back(compares(node, value_of(node, subject)));
        break;
      case Node::Kind::negation:
        held.push_back(!held[node.left]);
        break;
      case Node::Kind::conjunction:
        held.push_back(held[node.left] && held[node.right]);
        break;
      case Node::Kind::disjunction:
        held.push_back(held[node.left] || held[node.right]);
        break;
    }
  }
  return held.back();
}

}  // namespace kip::filter
