#include "config/settings.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kip::config {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;

Environment good_environment() { return {{"IMAGES", "a=busybox"}, {"DEPLOYMENT_NAME", "puller"}}; }

Reading read_with(const std::string& name, const std::string& value) {
  auto environment = good_environment();
  environment[name] = value;
  return read_settings(environment, "");
}

bool has_errors(const Reading& reading) { return !reading.settings.has_value(); }

struct Row {
  const char* name;
  std::string value;
  const char* problem;  // part of the first problem's message; "" where there is none
  bool warning = false;
};

TEST(Settings, EveryValueGetsTheAnswerOfTheTable) {
  const std::string annotation(256UL * 1024, 'x');
  const std::vector<Row> rows = {
      {"IMAGES", "a=x;b=y", ""},
      {"IMAGES", "\n  a=x;\n  b=y;\n", ""},
      {"IMAGES", "a=x\x01", "is a control character"},
      {"IMAGES", "a=\xff\xfe", "is not UTF-8"},
      {"IMAGES", "a=x;junk", "entry 2 (byte 5)", true},
      {"IMAGES", "a=x;a=y", "occurs before", true},
      {"IMAGES", "junk", "has no \"=\""},
      {"IMAGES", ";", "it is empty"},
      {"IMAGES", "", "it is not set"},
      {"IMAGES", " \n ", "it is not set"},
      {"IMAGES_STRICT", "true", ""},
      {"IMAGES_STRICT", "True", "expected true or false"},
      {"IMAGES_STRICT", "1", "expected true or false"},
      {"CACHING_INTERVAL_HOURS", "24\n", ""},
      {"CACHING_INTERVAL_HOURS", "0.5", ""},
      {"CACHING_INTERVAL_HOURS", "0", "shorter than a second"},
      {"CACHING_INTERVAL_HOURS", "-1", "negative"},
      {"CACHING_INTERVAL_HOURS", "inf", "\"inf\" stands at byte 1"},
      {"CACHING_INTERVAL_HOURS", "1h", "\"h\" stands at byte 2"},
      {"CACHING_INTERVAL_HOURS", "1e9", "expected a number of hours"},
      {"CACHING_INTERVAL_HOURS", "87601", "ten years"},
      {"CACHING_MEMORY_REQUEST", "20Mi", ""},
      {"CACHING_MEMORY_REQUEST", "0", ""},
      {"CACHING_MEMORY_REQUEST", "21Mi", "is more than CACHING_MEMORY_LIMIT"},
      {"CACHING_MEMORY_REQUEST", "10MB", "is not a quantity"},
      {"CACHING_MEMORY_REQUEST", "-1", "is negative"},
      {"CACHING_MEMORY_REQUEST", "100m", "fraction of a byte: \"m\" means thousandths", true},
      {"CACHING_MEMORY_LIMIT", "64Mi", ""},
      {"CACHING_MEMORY_LIMIT", "12Mi", ""},
      {"CACHING_MEMORY_LIMIT", "11Mi", "less than 12Mi", true},
      {"CACHING_MEMORY_LIMIT", "0", "is not a limit"},
      {"CACHING_MEMORY_LIMIT", "5Mi", "is more than CACHING_MEMORY_LIMIT"},
      {"CACHING_MEMORY_LIMIT", "lots", "there is no number at its start"},
      {"CACHING_MEMORY_LIMIT", "99E", "too large"},
      {"CACHING_CPU_REQUEST", "200m", ""},
      {"CACHING_CPU_REQUEST", ".2", ""},
      {"CACHING_CPU_REQUEST", "0.201", "is more than CACHING_CPU_LIMIT"},
      {"CACHING_CPU_REQUEST", "1,5", "\",5\" at byte 2"},
      {"CACHING_CPU_LIMIT", "1", ""},
      {"CACHING_CPU_LIMIT", "-.2", "is negative"},
      {"CACHING_CPU_LIMIT", "0m", "is not a limit"},
      {"DAEMONSET_NAME", "my.puller", ""},
      {"DAEMONSET_NAME", std::string(253, 'a'), ""},
      {"DAEMONSET_NAME", std::string(254, 'a'), "254 bytes, more than 253"},
      {"DAEMONSET_NAME", "My-Puller", "\"M\" stands at byte 1"},
      {"DAEMONSET_NAME", "a/b", "\"/\" stands at byte 2"},
      {"NAMESPACE", "caching", ""},
      {"NAMESPACE", "a.b", "is not a DNS label"},
      {"NAMESPACE", std::string(64, 'a'), "more than 63"},
      {"DEPLOYMENT_NAME", "x", ""},
      {"DEPLOYMENT_NAME", "", "it is not set, so the DaemonSet gets no owner", true},
      {"DEPLOYMENT_NAME", "a b", "\" \" stands at byte 2"},
      {"NODE_SELECTOR", "{}", ""},
      {"NODE_SELECTOR", "null", ""},
      {"NODE_SELECTOR", R"({"disk":"ssd","kubernetes.io/arch":""})", ""},
      {"NODE_SELECTOR", R"({"ssd":true})", "the value of \"ssd\" is a boolean"},
      {"NODE_SELECTOR", R"({"a b":"c"})", "the key \"a b\""},
      {"NODE_SELECTOR", R"({"a":"b c"})", "the value of \"a\", \"b c\""},
      {"NODE_SELECTOR", R"({"a":"b",})", "line 1, column 10: found \"}\""},
      {"NODE_SELECTOR", R"({"a":"b","a":"c"})", "the key \"a\" occurs twice"},
      {"NODE_SELECTOR", "[]", "found an array \"[]\", expected an object"},
      {"NODE_SELECTOR", "disk=ssd", "line 1, column 1: found \"disk=ssd\""},
      {"NODE_SELECTOR", "{\"a\":\"b\x7f\"}", "is a control character"},
      {"AFFINITY", R"({"nodeAffinity":{"new":[1]}})", ""},
      {"AFFINITY", "null", ""},
      {"AFFINITY", "[]", "expected an object with nodeAffinity"},
      {"AFFINITY", "{", "found the end of the text"},
      {"AFFINITY", std::string(1 << 20, '['), "more than 64"},
      {"AFFINITY", "{\"x\":\"" + std::string(1 << 20, 'y') + "\"}", "the DaemonSet would take"},
      {"TOLERATIONS", R"([{"operator":"Exists"}])", ""},
      {"TOLERATIONS", R"([{"key":"k","value":"v","effect":"NoSchedule"}])", ""},
      {"TOLERATIONS",
       R"([{"key":"k","operator":"Exists","effect":"NoExecute","tolerationSeconds":60}])", ""},
      {"TOLERATIONS", R"([{"key":"k","operator":null}])", ""},
      {"TOLERATIONS", R"({"key":"k"})", "expected an array of objects"},
      {"TOLERATIONS", R"(["k"])", "at /0: found a string"},
      {"TOLERATIONS", R"([{"key":"k"},{"kee":"k"}])", "at /1: \"kee\" is not a field"},
      {"TOLERATIONS", R"([{"key":1}])", "at /0/key: found a number"},
      {"TOLERATIONS", R"([{"key":"k","operator":"exists"}])", "found \"exists\"; expected Exists"},
      {"TOLERATIONS", R"([{"key":"k","effect":"Never"}])", "at /0/effect: found \"Never\""},
      {"TOLERATIONS", R"([{"value":"v"}])", "at /0: no key"},
      {"TOLERATIONS", R"([{"key":"k","operator":"Exists","value":"v"}])", "at /0/value"},
      {"TOLERATIONS", R"([{"key":"k","value":"a b"}])", "at /0/value"},
      {"TOLERATIONS", R"([{"key":"k k"}])", "at /0/key"},
      {"TOLERATIONS", R"([{"key":"k","tolerationSeconds":60}])", "NoExecute where"},
      {"TOLERATIONS", R"([{"key":"k","tolerationSeconds":"60"}])", "found a string"},
      {"TOLERATIONS", R"([{"key":"k","tolerationSeconds":1.5}])", "a whole number"},
      {"PRIORITY_CLASS_NAME", "system-node-critical", ""},
      {"PRIORITY_CLASS_NAME", "High Priority", "is not a DNS subdomain"},
      {"DAEMONSET_ANNOTATIONS", R"({"a.b/c":"any text; ü"})", ""},
      {"DAEMONSET_ANNOTATIONS", R"({"Example.com/Key":"v"})", ""},
      {"DAEMONSET_ANNOTATIONS", R"({"a":1})", "is a number"},
      {"DAEMONSET_ANNOTATIONS", R"({"image.che.eclipse.org/a":"v"})", "is written by this program"},
      {"DAEMONSET_ANNOTATIONS", R"({"":"v"})", "it is empty"},
      {"DAEMONSET_ANNOTATIONS", R"({"a/b/c":"v"})", "is not a label's name"},
      {"DAEMONSET_ANNOTATIONS", "{\"a\":\"" + annotation + "\"}", "262145 bytes together"},
      {"IMAGE_PULL_SECRETS", "a;b;", ""},
      {"IMAGE_PULL_SECRETS", " a ;; a", ""},
      {"IMAGE_PULL_SECRETS", "a,b", "entry 1: \"a,b\""},
      {"IMAGE_PULL_SECRETS", "ok;No", "entry 2: \"No\""},
      {"KIP_IMAGE", "quay.io/eclipse/kubernetes-image-puller:next", ""},
      {"KIP_IMAGE", "quay.io/Eclipse", "upper-case"},
      {"KIP_IMAGE", "a b", "is not an image reference"},
      {"KIP_INSTALL_COMMAND", R"(["/bin/cp","a","b"])", ""},
      {"KIP_INSTALL_COMMAND", "cp a b", "line 1, column 1"},
      {"KIP_INSTALL_COMMAND", "[]", "the array is empty"},
      {"KIP_INSTALL_COMMAND", "[\"a\",1]", "element 1 is a number"},
      {"REFRESH_STRATEGY", "RollingUpdate", ""},
      {"REFRESH_STRATEGY", "Recreate", ""},
      {"REFRESH_STRATEGY", "recreate", "expected RollingUpdate or Recreate"},
      {"REFRESH_STRATEGY", "OnDelete", "expected RollingUpdate or Recreate"},
      {"MAX_NODES_PULLING", "1", ""},
      {"MAX_NODES_PULLING", "10%", ""},
      {"MAX_NODES_PULLING", "0", "is not a number of nodes"},
      {"MAX_NODES_PULLING", "101%", "is not a number of nodes"},
      {"LOG_LEVEL", "debug", ""},
      {"LOG_LEVEL", "warn", ""},
      {"LOG_LEVEL", "error", ""},
      {"LOG_LEVEL", "INFO", "expected debug, info, warn or error"},
      {"KUBECONFIG", "/anything", ""},
      {"SOMETHING_ELSE", "\xff", ""},
  };
  for (const auto& row : rows) {
    const auto reading = read_with(row.name, row.value);
    const auto label = std::string(row.name) + "=" + row.value.substr(0, 60);
    EXPECT_EQ(has_errors(reading), *row.problem != '\0' && !row.warning) << label;
    if (*row.problem == '\0') {
      EXPECT_TRUE(reading.problems.empty()) << label << ": " << reading.problems[0].message;
      continue;
    }
    ASSERT_FALSE(reading.problems.empty()) << label;
    EXPECT_THAT(reading.problems[0].message, HasSubstr(row.problem)) << label;
    EXPECT_LE(reading.problems[0].message.size(), 400U) << label;  // long values are cut
  }
  EXPECT_GE(rows.size(), 110U);
}

TEST(Settings, EveryEmptyValueCountsAsUnset) {
  auto environment = good_environment();
  const auto defaults = read_settings(environment, "here");
  for (const auto& info : setting_infos()) environment.try_emplace(info.name, " \n");
  EXPECT_EQ(read_settings(environment, "here").settings, defaults.settings);
}

TEST(Settings, TheNamespaceIsThatOfThePodUnlessSet) {
  auto environment = good_environment();
  EXPECT_EQ(read_settings(environment, "mine").settings->namespace_name, "mine");
  EXPECT_EQ(read_settings(environment, "").settings->namespace_name, "kubernetes-image-puller");
  environment["NAMESPACE"] = "theirs";
  EXPECT_EQ(read_settings(environment, "mine").settings->namespace_name, "theirs");
}

TEST(Settings, EveryProblemIsReportedInTheOrderOfTheTable) {
  const auto reading = read_settings({{"LOG_LEVEL", "x"},
                                      {"IMAGES", "a=x;b;c"},
                                      {"TOLERATIONS", "x"},
                                      {"CACHING_CPU_LIMIT", "x"},
                                      {"CACHING_MEMORY_REQUEST", "1Gi"}},
                                     "");
  std::vector<std::string> names;
  for (const auto& problem : reading.problems) names.push_back(problem.setting);
  EXPECT_THAT(names, ::testing::ElementsAre("IMAGES", "IMAGES", "CACHING_MEMORY_REQUEST",
                                            "CACHING_CPU_LIMIT", "DEPLOYMENT_NAME", "TOLERATIONS",
                                            "LOG_LEVEL"));
  EXPECT_EQ(reading.problems[0].severity, Problem::Severity::left_out);
  EXPECT_EQ(reading.problems[4].severity, Problem::Severity::warning);
  EXPECT_FALSE(reading.settings);
}

TEST(Settings, StrictImagesMakeABadEntryAnError) {
  auto environment = good_environment();
  environment["IMAGES"] = "a=x;b";
  EXPECT_TRUE(read_settings(environment, "").settings);
  environment["IMAGES_STRICT"] = "true";
  EXPECT_FALSE(read_settings(environment, "").settings);
}

TEST(Settings, TooManyImagesForOneObjectAreRefused) {
  std::string images;
  for (int i = 0; i < 400; ++i) images += "i" + std::to_string(i) + "=quay.io/x/y;";
  EXPECT_TRUE(read_with("IMAGES", images).problems.empty());
  for (int i = 400; i < 1000; ++i) images += "i" + std::to_string(i) + "=quay.io/x/y;";
  const auto reading = read_with("IMAGES", images);
  EXPECT_FALSE(reading.settings);
  EXPECT_THAT(reading.problems.at(0).message, HasSubstr("expected at most 1024 KiB"));
}

TEST(Settings, AMegabyteInAnySettingIsAnsweredQuickly) {
  const auto start = std::chrono::steady_clock::now();
  for (const auto* unit : {"x", "a=b;", "9", "{\"a\":"}) {
    std::string value;
    while (value.size() < 1 << 20) value += unit;
    for (const auto& info : setting_infos())
      for (const auto& problem : read_with(info.name, value).problems)
        EXPECT_LE(problem.message.size(), 500U) << info.name;
  }
  // Seconds under sanitizers on a busy machine; anything quadratic would take hours.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(2));
}

TEST(Settings, APrefixOfASecretThatDoesNothingIsAWarning) {
  const auto warning = [](const std::string& secrets, const std::string& kip_image = "") {
    const auto reading = read_settings(
        {{"IMAGES", "a=quay.io/a"}, {"IMAGE_PULL_SECRETS", secrets}, {"KIP_IMAGE", kip_image}}, "");
    EXPECT_TRUE(reading.settings);
    for (const auto& problem : reading.problems)
      if (problem.setting == "IMAGE_PULL_SECRETS") return problem.message;
    return std::string();
  };
  EXPECT_EQ(warning("quay.io=s"), "");
  EXPECT_EQ(warning("ghcr.io=s", "ghcr.io/kip"), "");
  EXPECT_EQ(warning("ghcr.io=s"),
            "\"ghcr.io=s\": no image of IMAGES begins so; the secret is used only if the service's "
            "own image does");
  EXPECT_EQ(warning("quay.io=s;s"),
            "\"quay.io=s\": the same secret stands without a prefix, so it is for all images");
}

// The text of a golden file. KIP_UPDATE_GOLDEN=1 writes `actual` there first.
std::string golden(const std::string& name, const std::string& actual) {
  const std::string path = "src/config/testdata/" + name;
  if (std::getenv("KIP_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << actual;
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(Settings, TheDefaultsAreThoseOfTheGoldenFile) {
  const auto s = *read_settings({{"IMAGES", "a=busybox"}}, "").settings;
  const json defaults = {
      {"interval_ms", s.interval.count()},
      {"memory_request", s.resources.memory_request.text()},
      {"memory_limit", s.resources.memory_limit.text()},
      {"cpu_request", s.resources.cpu_request.text()},
      {"cpu_limit", s.resources.cpu_limit.text()},
      {"daemonset_name", s.daemonset_name},
      {"namespace_name", s.namespace_name},
      {"deployment_name", s.deployment_name},
      {"node_selector", s.node_selector},
      {"affinity", s.affinity},
      {"tolerations", s.tolerations},
      {"priority_class_name", s.priority_class_name},
      {"daemonset_annotations", s.daemonset_annotations},
      {"image_pull_secrets", s.image_pull_secrets},
      {"kip_image", s.kip_image ? s.kip_image->text : ""},
      {"kip_install_command", s.kip_install_command},
      {"cache_mode_sleep", s.cache_mode == CacheMode::sleep},
      {"rolling_update", s.refresh_strategy == RefreshStrategy::rolling_update},
      {"max_nodes_pulling", s.max_nodes_pulling.text()},
      {"log_level_info", s.log_level == LogLevel::info},
  };
  const auto text = defaults.dump(2) + "\n";
  EXPECT_EQ(text, golden("defaults.json", text));
}

TEST(Settings, TheHelpIsThatOfTheGoldenFile) {
  EXPECT_EQ(settings_help(), golden("settings_help.txt", settings_help()));
  std::istringstream lines(settings_help());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(Settings, TheTablesAreThoseOfTheGoldenFiles) {
  EXPECT_EQ(settings_markdown(), golden("settings.md", settings_markdown()));
  EXPECT_EQ(settings_json(), golden("settings.json", settings_json()));
}

}  // namespace
}  // namespace kip::config
