#include "base/go_flags.h"

#include "base/text.h"

namespace kip {

namespace {

bool is_flag(std::string_view argument) { return argument.size() > 1 && argument[0] == '-'; }

}  // namespace

Arguments parse_go_flags(const std::vector<std::string>& arguments,
                         const std::function<std::optional<FlagKind>(std::string_view)>& kind_of,
                         FlagOrder order) {
  Arguments found;
  std::size_t i = 0;
  for (; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!is_flag(argument)) {
      if (order == FlagOrder::first) break;
      found.positionals.push_back(argument);
      continue;
    }
    if (argument == "--") {
      ++i;
      break;
    }
    const std::string text = argument.substr(argument[1] == '-' ? 2 : 1);
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (name.empty() || name[0] == '-') {
      found.problems.push_back(quoted(argument) + " is no flag; expected -NAME or --NAME");
      continue;
    }
    const auto kind = kind_of(name);
    if (equals != std::string::npos && kind) {
      found.flags.push_back({name, text.substr(equals + 1)});
    } else if (kind == FlagKind::toggle) {
      found.flags.push_back({name, "true"});
    } else if (kind && i + 1 < arguments.size()) {
      found.flags.push_back({name, arguments[++i]});
    } else if (kind) {
      found.problems.push_back("--" + name + ": nothing stands behind it; expected a value");
    } else if (name == "h" || name == "help") {
      found.wants_help = true;
    } else {
      found.problems.push_back(quoted(argument) + " is an unknown flag");
      if (equals != std::string::npos) continue;
      found.knows_positionals = false;
      // More behind the next argument: then it is rather a value than the last one.
      if (i + 2 < arguments.size() && !is_flag(arguments[i + 1])) ++i;
    }
  }
  found.positionals.insert(found.positionals.end(),
                           arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
  return found;
}

Result<bool> parse_go_bool(std::string_view text) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return permanent(quoted(text) + " is no boolean; expected true or false");
}

}  // namespace kip
