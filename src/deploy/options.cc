#include "deploy/options.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "deploy/flag_table.h"
#include "types/dns_name.h"
#include "types/image_reference.h"

namespace kip::deploy {

namespace {

// Of a name that is also that of a Service: NAME-metrics has 63 bytes at most (RFC 1035).
constexpr std::size_t name_limit_with_metrics = 63 - std::string_view("-metrics").size();

bool is_made_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// A Go pseudo-version, vX.Y.Z-N.N-COMMIT (https://go.dev/ref/mod#pseudo-versions), is not a tag;
// images of commits have tags of its first digits.
std::string tag_of(const std::string& version) {
  constexpr std::size_t digits = 7;
  const auto parts = split(version, '-');
  if (parts.size() != 3 || parts[0][0] != 'v') return version;
  const auto release = split(parts[0].substr(1), '.');
  const auto since = split(parts[1], '.');
  const auto is_number = [](const std::string& part) { return is_made_of(part, "0123456789"); };
  const bool is_pseudo_version = release.size() == 3 && since.size() == 2 &&
                                 std::all_of(release.begin(), release.end(), is_number) &&
                                 std::all_of(since.begin(), since.end(), is_number) &&
                                 is_made_of(parts[2], "0123456789abcdef") &&
                                 parts[2].size() >= digits;
  return is_pseudo_version ? "sha-" + parts[2].substr(0, digits) : version;
}

class Reader {
 public:
  OptionsReading read(const std::vector<std::string>& arguments) {
    Arguments given = parse_go_flags(arguments, [](std::string_view name) {
      const Flag* flag = find_flag(name);
      return flag != nullptr ? std::optional(flag->kind()) : std::nullopt;
    });
    if (given.wants_help) {
      OptionsReading reading;
      reading.wants_help = true;
      return reading;
    }
    problems_ = std::move(given.problems);
    for (const auto& flag : given.flags) {
      given_.push_back(flag.name);
      read_by(*find_flag(flag.name), "--" + flag.name, flag.value);
    }
    const bool no_name = given.knows_positionals && given.positionals.empty();
    if (no_name)
      problem("NAME", "it is missing; expected the name of the ConfigMap that holds images.txt");
    else if (given.knows_positionals)
      read_positionals(given.positionals);
    read_image_and_version();
    check_together();
    OptionsReading reading;
    if (problems_.empty()) reading.options = std::move(draft_.options);
    reading.only_name_is_missing = no_name && problems_.size() == 1;
    reading.problems = std::move(problems_);
    return reading;
  }

 private:
  void problem(const std::string& argument, const std::string& what) {
    problems_.push_back(argument + ": " + what);
  }

  void read_by(const Flag& flag, const std::string& argument, const std::string& value) {
    if (const auto status = flag.read(value, draft_); !status)
      problem(argument, status.error().message);
  }

  bool is_given(std::string_view flag) const {
    return std::find(given_.begin(), given_.end(), flag) != given_.end();
  }

  void read_positionals(const std::vector<std::string>& all) {
    draft_.options.name = all[0];
    if (const auto status = types::check_dns_label(all[0]); !status)
      problem("NAME", status.error().message);
    const std::size_t before = problems_.size();
    for (std::size_t i = 1; i < all.size(); ++i)
      if (all[i].size() > 1 && all[i][0] == '-')
        problem(quoted(all[i]), "a flag stands behind NAME; expected before it");
    // What stands behind such a flag may be its value.
    if (problems_.size() > before || all.size() == 1) return;
    if (all.size() != 3 && all.size() != 4) {
      std::vector<std::string> others;
      for (std::size_t i = 1; i < all.size(); ++i) others.push_back(quoted(all[i]));
      problem("NAME", "behind " + quoted(all[0]) + " stands " + joined(others) +
                          "; expected NAME alone, or NAME VERSION vanilla|ocp [SECRET]");
      return;
    }
    read_old("VERSION", "version", all[1]);
    read_old("vanilla|ocp", "k8s-flavor", all[2]);
    if (all.size() == 4) read_old("SECRET", "secret", all[3]);
  }

  // An argument of the old form, which is a flag in the new one.
  void read_old(const std::string& argument, const char* flag, const std::string& value) {
    if (is_given(flag))
      problem(argument, quoted(value) + " stands beside --" + flag + "; expected one of the two");
    else
      read_by(*find_flag(flag), argument, value);
  }

  void read_image_and_version() {
    const bool is_named = !draft_.image.empty();
    const auto image = types::parse_image_reference(is_named ? draft_.image : default_repository);
    if (!image) return problem("--image", image.error().message);
    if (!image->tag.empty() || !image->digest.empty()) {
      draft_.options.image = draft_.image;
      if (!draft_.version.empty())
        problem("--version", quoted(draft_.version) + " stands beside an --image that has a " +
                                 (image->digest.empty() ? "tag" : "digest") +
                                 "; expected one of the two");
      return;
    }
    std::string tag = draft_.version.empty() ? default_tag : tag_of(draft_.version);
    if (draft_.options.integration != CredentialIntegration::none) tag += "-distro";
    draft_.options.image = image->text + ":" + tag;
    const auto whole = types::parse_image_reference(draft_.options.image);
    if (!whole || whole->tag != tag)
      problem("--version", quoted(draft_.version) +
                               " is no tag; expected letters, digits, \"_\", \"-\" and \".\"");
  }

  void check_together() {
    const auto& options = draft_.options;
    if (options.collect_metrics && !options.name.empty()) {
      if (options.name.size() > name_limit_with_metrics)
        problem("NAME", quoted(options.name) + " has " + std::to_string(options.name.size()) +
                            " bytes; expected at most " + std::to_string(name_limit_with_metrics) +
                            " with --collect-metrics, for the Service NAME-metrics");
      if (options.name[0] >= '0' && options.name[0] <= '9')
        problem("NAME", quoted(options.name) +
                            " begins with a digit; expected a letter with --collect-metrics, as "
                            "names of Services do");
    }
    if (is_given("metrics-service-type") && !options.collect_metrics)
      problem("--metrics-service-type",
              "there is no Service; expected --collect-metrics beside it");
    const bool is_ocp = options.flavor == Flavor::ocp;
    if (options.integration == CredentialIntegration::gke && is_ocp)
      problem("--use-kubelet-image-credential-integration",
              "GKE is no OpenShift; expected the flavor vanilla beside it");
    if (options.integration > CredentialIntegration::gke && !is_ocp)
      problem("--use-kubelet-image-credential-integration",
              "this is OpenShift's; expected the flavor ocp beside it");
  }

  Draft draft_;
  std::vector<std::string> given_;  // names of flags
  std::vector<std::string> problems_;
};

}  // namespace

OptionsReading read_options(const std::vector<std::string>& arguments) {
  return Reader().read(arguments);
}

}  // namespace kip::deploy
