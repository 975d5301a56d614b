// The rows DISCOVER_… of the settings table. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/discovery.h"
#include "config/settings_table.h"

namespace kip::config {

std::vector<Setting> discovery_settings();

// DISCOVER_NAMESPACES: names with white space between, `*` among them is all. A name that can be
// none is left out; an error where no other is there.
Problems read_namespaces(std::string_view text, Discovery& discovery);

// DISCOVER_KINDS: `group/version/plural:path` with white space between, `v1/plural:path` for what
// has no group. The path has a dot or a slash before each field: .spec.template, /spec/template.
Result<std::vector<WorkloadResource>> parse_kinds(std::string_view text);

// DISCOVER_SELECTOR, as kubectl takes it: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. It is the API
// server that evaluates it; here is only seen that it will take it.
Status check_label_selector(std::string_view text);

// `168h`, `90m`, and `7d`: whole days.
Result<Duration> parse_days(std::string_view text);

// What is remembered of an image that nobody wants any more: from 1s to ten years, as parse_days.
Result<Duration> parse_forget_after(std::string_view text);
// Of a source: 1 to as many as fit into a DaemonSet.
Result<std::size_t> parse_image_count(std::string_view text);

// More are followed in all namespaces at once, and what is of others is passed by: a request for
// each kind in each namespace would stay open.
inline constexpr std::size_t most_namespaces_by_name = 8;

}  // namespace kip::config
