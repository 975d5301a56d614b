// Lists collections of a cluster, one after another, for the subcommands that only read. Warnings
// and errors are on stderr.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/commands.h"

namespace kip::cli {

void warn(const std::string& text);
void fail(const std::string& text);
void print(const std::string& text);  // on stdout

struct Collection {
  std::string what;  // for messages: "pods"
  std::string path;
  std::string selectors;  // as they stand in a query, each with its "&"
  std::function<void(const json& object)> on_object;
};

// Of the cluster that the environment leads to. 0, or why there is nothing to print: a name of the
// filter is none, there is no way to a cluster, it does not answer, or nothing may be listed. What
// may not be listed is a warning, as long as something may.
int list(const Environment& environment, const WorkloadFilter& filter,
         std::vector<Collection> collections);

// A collection of what the filter leaves; `fields`: more field selectors, with commas between.
Collection filtered(const WorkloadFilter& filter, const std::string& api, const std::string& plural,
                    std::function<void(const json&)> on_object, const std::string& fields = "");

}  // namespace kip::cli
