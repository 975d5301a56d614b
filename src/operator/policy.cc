#include "operator/policy.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"
#include "config/discovery_settings.h"
#include "types/dns_name.h"

namespace kip::operators {

namespace {

constexpr const char* allowed_variable = "DISCOVER_ALLOWED_NAMESPACES";
constexpr const char* most_variable = "MAX_RESOURCES_WITH_SOURCES";
constexpr const char* gate_variable = "NODE_GATE_RESOURCE";

Error of_variable(const char* name, const std::string& problem) {
  return permanent(std::string(name) + ": " + problem);
}

Status check_key(const std::string& key) {
  const auto slash = key.find('/');
  if (slash == std::string::npos)
    return permanent(kip::quoted(key) + " has no \"/\"; expected namespace/name of a resource");
  if (auto good = types::check_dns_label(key.substr(0, slash)); !good) return good;
  return types::check_dns_subdomain(key.substr(slash + 1));
}

std::optional<config::Problem> refused_namespaces(const Policy& policy,
                                                  const config::Settings& settings) {
  if (policy.all_namespaces) return std::nullopt;
  const config::Discovery& asked = settings.discovery;
  const auto is_allowed = [&](const std::string& name) {
    return name == settings.namespace_name ||
           std::binary_search(policy.namespaces.begin(), policy.namespaces.end(), name);
  };
  std::vector<std::string> others;
  if (asked.all_namespaces) others.emplace_back("*");
  for (const auto& name : asked.namespaces)
    if (!is_allowed(name)) others.push_back(name);
  if (others.empty()) return std::nullopt;
  constexpr std::size_t shown = 5;
  const bool is_one = others.size() == 1;
  if (others.size() > shown) others.resize(shown);
  const std::string own = kip::quoted(settings.namespace_name);
  config::Problem problem = config::error(
      kip::quoted(joined(others, " ")) + (is_one ? " is" : " are") +
      " not the resource's own namespace; expected " + own +
      (policy.namespaces.empty()
           ? " alone, as the operator's " + std::string(allowed_variable) + " is not set"
           : ", or what the operator's " + std::string(allowed_variable) + " has"));
  problem.setting = "spec.discoverNamespaces";
  return problem;
}

std::optional<config::Problem> refused_gate(const Policy& policy, const std::string& resource,
                                            const config::Settings& settings) {
  if (!settings.node_gate.taint || policy.node_gate_resource == resource) return std::nullopt;
  config::Problem problem = config::error(
      kip::quoted(settings.node_gate.taint->text()) +
      " would open nodes for all; expected none, as the operator's " + gate_variable +
      (policy.node_gate_resource.empty() ? " is not set" : " names another resource"));
  problem.setting = "spec.nodeGateTaint";
  return problem;
}

}  // namespace

Result<Policy> policy_of(const Environment& environment) {
  Policy policy;
  config::Discovery allowed;
  const auto problems = config::read_namespaces(value_of(environment, allowed_variable), allowed);
  if (!problems.empty()) return of_variable(allowed_variable, problems.front().message);
  policy.all_namespaces = allowed.all_namespaces;
  policy.namespaces = std::move(allowed.namespaces);

  auto kinds = config::parse_kinds(value_of(environment, "DISCOVER_KINDS"));
  if (!kinds) return of_variable("DISCOVER_KINDS", kinds.error().message);
  policy.kinds = std::move(*kinds);

  policy.node_gate_resource = value_of(environment, gate_variable);
  if (!policy.node_gate_resource.empty())
    if (auto good = check_key(policy.node_gate_resource); !good)
      return of_variable(gate_variable, good.error().message);

  const std::string text = value_of(environment, most_variable);
  if (text.empty()) return policy;
  const auto [stop, failed] =
      std::from_chars(text.data(), text.data() + text.size(), policy.most_resources);
  if (failed != std::errc() || stop != text.data() + text.size())
    return of_variable(most_variable, kip::quoted(text) + " is not a number; expected 0 or more");
  return policy;
}

config::Problems refused_by(const Policy& policy, const std::string& resource,
                            const config::Settings& settings) {
  config::Problems problems;
  for (auto& problem :
       {refused_namespaces(policy, settings), refused_gate(policy, resource, settings)})
    if (problem) problems.push_back(*problem);
  return problems;
}

}  // namespace kip::operators
