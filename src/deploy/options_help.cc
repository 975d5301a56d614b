// The table of flags, for --help and for the pages.
#include "deploy/flag_table.h"

namespace kip::deploy {

namespace {

// With a value: "--secret SECRET".
std::string usage_of(const Flag& flag) {
  const std::string name = std::string("--") + flag.name;
  return flag.kind() == FlagKind::toggle ? name : name + " " + flag.value;
}

// A "|" would end the cell of a table.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

}  // namespace

std::string options_help() {
  std::string out =
      "Prints the objects that have every node pull the images of a list, as image-prefetcher's "
      "deploy does.\n\n"
      "  kubernetes-image-puller deploy [flags] NAME\n"
      "  kubernetes-image-puller deploy [flags] NAME VERSION vanilla|ocp [SECRET]\n\n"
      "NAME is that of the DaemonSet, and of the ConfigMap with images.txt.\n\nFlags:\n";
  for (const auto& flag : flag_table()) {
    out += "  " + usage_of(flag);
    if (flag.default_value[0] != '\0') out += std::string(" (default ") + flag.default_value + ")";
    out += std::string("\n      ") + flag.help + "\n";
  }
  return out;
}

std::string options_markdown() {
  std::string out = "| flag | default | what it is |\n|---|---|---|\n";
  for (const auto& flag : flag_table()) {
    const std::string value = flag.default_value;
    out += "| `" + cell(usage_of(flag)) + "` | " + (value.empty() ? "" : "`" + value + "`") +
           " | " + cell(flag.help) + " |\n";
  }
  return out;
}

}  // namespace kip::deploy
