#include "agent/credential_providers.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include <gmock/gmock.h>

#include "base/json.h"
#include "testing/fake_scheduler.h"
#include "testing/settings.h"

namespace kip::agent {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using kip::testing::reference;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string api = "credentialprovider.kubelet.k8s.io/v1";

// A script that answers with these: `more` is fields and a comma behind each.
std::string answers(const std::string& scope, const std::string& auth,
                    const std::string& more = "") {
  return "cat <<END\n{\"kind\":\"CredentialProviderResponse\",\"apiVersion\":\"" + api +
         "\",\"cacheKeyType\":\"" + scope + "\"," + more + "\"auth\":{" + auth + "}}\nEND\n";
}
std::string entry(const std::string& images, const std::string& name) {
  return "\"" + images + "\":{\"username\":\"" + name + "\",\"password\":\"s3cret\"}";
}

// Programs are real ones; the time that they have, and that answers are kept for, is not.
class CredentialProvidersTest : public ::testing::Test {
 protected:
  CredentialProvidersTest() {
    char folder[] = "/tmp/kip-plugins-XXXXXX";
    folder_ = mkdtemp(folder);
  }
  ~CredentialProvidersTest() override { fs::remove_all(folder_); }

  // Each run adds its request as a line to <name>.runs.
  CredentialProvider plugin(const std::string& name, const std::string& script,
                            const std::string& images = "*.test") {
    const auto path = folder_ / name;
    std::ofstream(path) << "#!/bin/sh\nread -r request || [ -n \"$request\" ]\n"
                           "echo \"$request\" >> \"$0.runs\"\n"
                        << script;
    fs::permissions(path, fs::perms::owner_all);
    return {.name = name,
            .match_images = {*types::parse_image_pattern(images)},
            .default_cache_duration = 10min};
  }
  CredentialProviders& providers(std::vector<CredentialProvider> list) {
    providers_ = std::make_unique<CredentialProviders>(scheduler_, std::move(list), folder_);
    return *providers_;
  }
  std::vector<std::string> lines(const std::string& name) const {
    std::ifstream file(folder_ / name);
    std::vector<std::string> found;
    for (std::string line; std::getline(file, line);) found.push_back(line);
    return found;
  }
  std::size_t runs(const std::string& name) const { return lines(name + ".runs").size(); }

  void ask(const std::string& image) {
    asked_[image] = providers_->get(reference(image), [this, image](const auto& credentials) {
      EXPECT_EQ(answers_.count(image), 0U) << "answered twice";
      answers_[image] = credentials;
    });
    EXPECT_EQ(answers_.count(image), 0U) << "called from inside get()";
  }
  // Until `is_over`, the programs in their own time and all else in the scheduler's.
  void wait_until(const std::function<bool()>& is_over) {
    for (int i = 0; i < 5000 && !is_over(); ++i) {
      scheduler_.advance(5ms);
      std::this_thread::sleep_for(2ms);
    }
    ASSERT_TRUE(is_over());
  }
  void wait_for(std::size_t count) {
    wait_until([&] { return answers_.size() >= count; });
  }
  // The usernames for an image.
  std::vector<std::string> get(const std::string& image) {
    answers_.clear();
    ask(image);
    wait_for(1);
    return names(image);
  }
  std::vector<std::string> names(const std::string& image) {
    std::vector<std::string> found;
    for (const auto& each : answers_[image]) found.push_back(each.username);
    return found;
  }
  // What is logged while a failing plugin is asked.
  std::string failure_of(const std::string& script, Duration patience = 0ms) {
    auto provider = plugin("p", script);
    providers({provider});
    answers_.clear();
    ::testing::internal::CaptureStderr();
    ask("r.test/a:1");
    if (patience > 0ms) {
      wait_until([&] { return runs("p") > 0; });
      scheduler_.advance(patience);
    }
    wait_for(1);
    EXPECT_THAT(answers_["r.test/a:1"], IsEmpty());
    asked_.clear();
    return ::testing::internal::GetCapturedStderr();
  }

  kip::testing::FakeScheduler scheduler_;
  fs::path folder_;
  std::unique_ptr<CredentialProviders> providers_;
  std::map<std::string, std::vector<registry::Credentials>> answers_;
  std::map<std::string, HandlePtr> asked_;
};

// One after another, five images of a registry whose plugin hangs took five minutes, and a thousand
// would take a day, whatever --overall-timeout says.
TEST_F(CredentialProvidersTest, APluginThatHangsTakesItsMinuteOnceForAllImagesOfARegistry) {
  auto provider = plugin("p", "exec sleep 600", "r.test");
  providers({provider});
  std::vector<types::ImageReference> images;
  for (int i = 0; i < 20; ++i) images.push_back(reference("r.test/a" + std::to_string(i) + ":1"));
  std::optional<std::size_t> answered;
  const auto handle =
      providers_->get_all(images, 10min, [&](const auto& found) { answered = found.size(); });
  wait_until([&] { return runs("p") > 0; });
  scheduler_.advance(61s);
  EXPECT_EQ(answered, 20U);
}

TEST_F(CredentialProvidersTest, ImagesWithoutAnAnswerInTimeGoOnWithoutAndTheOthersWithTheirs) {
  auto slow = plugin("slow", "exec sleep 600", "slow.test");
  auto quick = plugin("quick", answers("Image", entry("quick.test", "me")), "quick.test");
  providers({slow, quick});
  std::vector<std::vector<registry::Credentials>> answer;
  const auto handle = providers_->get_all({reference("slow.test/a:1"), reference("quick.test/a:1")},
                                          50s, [&](const auto& found) { answer = found; });
  ask("quick.test/a:1");  // the same run answers both
  wait_for(1);
  EXPECT_THAT(answer, IsEmpty());
  scheduler_.advance(50s);
  ASSERT_THAT(answer, SizeIs(2));
  EXPECT_THAT(answer[0], IsEmpty());
  ASSERT_THAT(answer[1], SizeIs(1));
  EXPECT_EQ(answer[1][0].username, "me");
}

TEST_F(CredentialProvidersTest, APluginIsRunAsTheKubeletRunsIt) {
  ::setenv("KIP_TEST_OWN", "own", 1);
  auto provider = plugin("p", "echo \"$1 $2 $# $A $KIP_TEST_OWN\" > \"$0.seen\"\n" +
                                  answers("Image", entry("r.test", "me")));
  provider.args = {"get", "--v=3 x"};
  provider.env = {{"A", "b c"}};
  providers({provider});
  EXPECT_THAT(get("r.test:5000/a:1"), IsEmpty());  // r.test is not its matchImages' r.test:5000
  EXPECT_EQ(runs("p"), 0U);
  EXPECT_THAT(get("r.test/team/app:1@sha256:" + std::string(64, 'a')), ElementsAre("me"));
  EXPECT_THAT(lines("p.seen"), ElementsAre("get --v=3 x 2 b c own"));
  ASSERT_EQ(runs("p"), 1U);
  EXPECT_EQ(parse_json(lines("p.runs")[0]), (json{{"apiVersion", api},
                                                  {"kind", "CredentialProviderRequest"},
                                                  {"image", "r.test/team/app"}}));
  const auto& credentials = answers_.begin()->second[0];
  EXPECT_EQ(credentials.password, "s3cret");
  EXPECT_EQ(credentials.origin, "credential provider \"p\"");
}

TEST_F(CredentialProvidersTest, TheMostSpecificPatternComesFirstThenTheOrderOfTheConfiguration) {
  providers({plugin("one", answers("Image", entry("*.test", "wide") + "," + entry("r.test", "1"))),
             plugin("two", answers("Image", entry("r.test", "2") + "," + entry("r.test/team", "3") +
                                                "," + entry("other.test", "4"))),
             plugin("three", answers("Image", entry("r.test", "5")), "other.test")});
  EXPECT_THAT(get("r.test/team/app:1"), ElementsAre("3", "1", "2", "wide"));
  EXPECT_EQ(runs("three"), 0U);
}

TEST_F(CredentialProvidersTest, AnAnswerIsKeptForTheImageTheRegistryOrAll) {
  const struct {
    const char* scope;
    std::size_t same_image, same_registry, other_registry;  // runs in all
  } cases[] = {{"Image", 1, 2, 3}, {"Registry", 1, 1, 2}, {"Global", 1, 1, 1}};
  for (const auto& each : cases) {
    SCOPED_TRACE(each.scope);
    const std::string name = each.scope;
    providers({plugin(name, answers(name, entry("*.test", "me")))});
    get("r.test/a:1");
    EXPECT_THAT(get("r.test/a:2"), ElementsAre("me"));
    EXPECT_EQ(runs(name), each.same_image);
    EXPECT_THAT(get("r.test/b:1"), ElementsAre("me"));
    EXPECT_EQ(runs(name), each.same_registry);
    EXPECT_THAT(get("s.test/a:1"), ElementsAre("me"));
    EXPECT_EQ(runs(name), each.other_registry);
  }
}

TEST_F(CredentialProvidersTest, AnAnswerIsKeptAsLongAsItSaysOrElseAsConfigured) {
  const struct {
    const char* more;
    Duration configured, kept;
  } cases[] = {{"", 10min, 10min},
               {"", 0ms, 0ms},
               {"\"cacheDuration\":null,", 10min, 10min},
               {"\"cacheDuration\":\"1h\",", 0ms, 1h},
               {"\"cacheDuration\":\"0s\",", 10min, 0ms},
               {"\"cacheDuration\":\"-5s\",", 10min, 0ms}};
  int number = 0;
  for (const auto& each : cases) {
    SCOPED_TRACE(each.more);
    const auto name = "p" + std::to_string(++number);
    auto provider = plugin(name, answers("Registry", entry("*.test", "me"), each.more));
    provider.default_cache_duration = each.configured;
    providers({provider});
    get("r.test/a:1");
    if (each.kept > 0ms) {
      scheduler_.advance(each.kept - 10s);
      get("r.test/a:1");
      EXPECT_EQ(runs(name), 1U);
      scheduler_.advance(10s);
    }
    EXPECT_THAT(get("r.test/a:1"), ElementsAre("me"));
    EXPECT_EQ(runs(name), 2U);
  }
}

TEST_F(CredentialProvidersTest, QuestionsAtOnceThatOneAnswerIsForRunThePluginOnce) {
  auto provider = plugin("p", answers("Registry", entry("*.test", "me")));
  provider.default_cache_duration = 0ms;  // shared though it is not kept
  providers({provider});
  for (const char* image : {"r.test/a:1", "r.test/a:2", "r.test/b:1", "s.test/c:1", "s.test/d:1"})
    ask(image);
  wait_for(5);
  EXPECT_EQ(runs("p"), 2U);
  for (auto& [image, credentials] : answers_) EXPECT_THAT(credentials, SizeIs(1)) << image;
}

TEST_F(CredentialProvidersTest, AnswersForOneImageAreAskedForAFewAtATime) {
  auto provider = plugin("p",
                         "mkdir -p \"$0.now\"; touch \"$0.now/$$\"; sleep .1\n"
                         "ls \"$0.now\" | wc -l >> \"$0.count\"; rm \"$0.now/$$\"\n" +
                             answers("Image", entry("*.test", "me")));
  providers({provider});
  for (int i = 0; i < 12; ++i) ask("r.test/a" + std::to_string(i));
  wait_for(12);
  EXPECT_EQ(runs("p"), 12U);
  int most = 0;
  for (const auto& line : lines("p.count")) most = std::max(most, std::stoi(line));
  EXPECT_LE(most, 4);
  EXPECT_GE(most, 2);
}

TEST_F(CredentialProvidersTest, AFailingPluginIsTriedForOtherImagesAndAgain) {
  providers({plugin("p", "case $request in *bad*) echo no access to bad >&2; exit 7;; esac\n" +
                             answers("Image", entry("*.test", "me"))),
             plugin("q", answers("Global", entry("r.test", "q")))});
  ::testing::internal::CaptureStderr();
  for (const char* image : {"r.test/bad", "r.test/a", "r.test/b"}) ask(image);
  wait_for(3);
  EXPECT_THAT(names("r.test/bad"), ElementsAre("q"));
  EXPECT_THAT(names("r.test/a"), ElementsAre("q", "me"));
  EXPECT_THAT(names("r.test/b"), ElementsAre("q", "me"));
  get("r.test/bad");
  EXPECT_EQ(runs("p"), 4U);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("it ended with code 7: \\\"no access to bad\\\""));
}

TEST_F(CredentialProvidersTest, WhatFailsIsAWarningThatShowsNoSecret) {
  const struct {
    std::string script;
    const char* part;
    Duration patience = 0ms;
  } cases[] = {
      {"echo s3cret; exit 3", "it ended with code 3"},
      {"seq 1 100000 >&2; echo the reason >&2; exit 1", "99999\\\\n100000\\\\nthe reason"},
      {"kill -9 $$", "it ended with code 137"},
      {"", "there is no JSON object on its stdout"},
      {"echo s3cret", "there is no JSON object on its stdout"},
      {"head -c 200000 /dev/urandom", "there is no JSON object on its stdout"},
      {"while :; do echo s3crets3crets3crets3crets3crets3cret; done", "wrote more than 1048576"},
      {"sleep 1000", "did not end within 1m", 1min},
      {"echo '{\"kind\":\"CredentialProviderResponse\",\"apiVersion\":\"v1\"}'",
       "apiVersion is \\\"v1\\\"; expected credentialprovider.kubelet.k8s.io/v1"},
      {answers("Pod", entry("*.test", "me")), "cacheKeyType is \\\"Pod\\\""},
      {answers("Image", "\"*.test\":\"s3cret\""), "an entry of auth"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.script);
    EXPECT_THAT(failure_of(each.script, each.patience),
                AllOf(HasSubstr("level=warn"), HasSubstr("a credential provider failed"),
                      HasSubstr("provider=p image=r.test/a"), HasSubstr(each.part),
                      Not(HasSubstr("s3cret"))));
  }
}

TEST_F(CredentialProvidersTest, APluginThatHangsHoldsUpEachRegistryOnce) {
  providers({plugin("p", "sleep 1000")});
  ::testing::internal::CaptureStderr();
  for (const char* image : {"r.test/a", "r.test/b", "s.test/a", "s.test/b"}) ask(image);
  wait_until([&] { return runs("p") == 1; });
  scheduler_.advance(1min);
  wait_for(2);
  EXPECT_EQ(answers_.count("r.test/b"), 1U);
  wait_until([&] { return runs("p") == 3; });  // both at once, as none has said for what it answers
  scheduler_.advance(1min);
  wait_for(4);
  ::testing::internal::GetCapturedStderr();
}

TEST_F(CredentialProvidersTest, AProgramThatCannotBeStartedIsTriedOnceForAllThatWait) {
  auto provider = plugin("p", "");
  fs::remove(folder_ / "p");
  providers({provider});
  ::testing::internal::CaptureStderr();
  for (const char* image : {"r.test/a", "s.test/b"}) ask(image);
  wait_for(2);
  const auto log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("cannot be started: No such file"));
  EXPECT_EQ(log.find("level=warn"), log.rfind("level=warn"));
}

TEST_F(CredentialProvidersTest, WhatIsNoLongerWaitedForIsKilled) {
  providers({plugin("p", "echo $$ > \"$0.pid\"; sleep 1000 & wait")});
  ask("r.test/a");
  ask("r.test/b");
  wait_until([&] { return lines("p.pid").size() == 1; });
  const int pid = std::stoi(lines("p.pid")[0]);
  asked_.erase("r.test/a");
  EXPECT_EQ(kill(pid, 0), 0) << "the other one waits for it too";
  asked_.erase("r.test/b");
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_THAT(answers_, IsEmpty());
  // As with all of it.
  ask("r.test/a");
  wait_until([&] { return lines("p.pid").size() == 1 && std::stoi(lines("p.pid")[0]) != pid; });
  const int next = std::stoi(lines("p.pid")[0]);
  providers_.reset();
  EXPECT_EQ(kill(next, 0), -1);
  asked_.clear();
}

TEST_F(CredentialProvidersTest, AnAnswerMayGiveUpAnotherQuestionOrAllOfThem) {
  providers({plugin("p", answers("Global", entry("*.test", "me")))});
  int called = 0;
  HandlePtr first, second;
  const auto call = [&](HandlePtr& other) {
    return [&](const auto&) {
      ++called;
      other.reset();
    };
  };
  first = providers_->get(reference("r.test/a"), call(second));
  second = providers_->get(reference("r.test/b"), call(first));
  wait_until([&] { return called > 0; });
  scheduler_.advance(1s);
  EXPECT_EQ(called, 1);
  for (const char* image : {"kept.test/a", "r.test/new"}) {  // kept; and asked for
    if (image == std::string("r.test/new")) scheduler_.advance(1h);
    bool is_gone = false;
    HandlePtr handle;
    handle = providers_->get(reference(image), [&](const auto&) {
      handle.reset();
      is_gone = true;
    });
    wait_until([&] { return is_gone; });
  }
  scheduler_.advance(1h);
  HandlePtr last;
  last = providers_->get(reference("r.test/a"), [&](const auto&) {
    providers_.reset();
    last.reset();
  });
  wait_until([&] { return providers_ == nullptr; });
  scheduler_.advance(1h);
}

class ReadCredentialProvidersTest : public CredentialProvidersTest {
 protected:
  std::string put(const std::string& name, const std::string& provider) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name)
        << "kind: CredentialProviderConfig\napiVersion: kubelet.config.k8s.io/v1\nproviders:\n- "
           "{name: " +
               provider + ", apiVersion: " + api +
               ", matchImages: ['*.test'], defaultCacheDuration: 1m}\n";
    return folder_ / name;
  }
};

TEST_F(ReadCredentialProvidersTest, AFileOrAllFilesOfAFolder) {
  plugin("p", "");
  plugin("q", "");
  const auto one = read_credential_providers(put("one", "p"), folder_);
  ASSERT_TRUE(one);
  EXPECT_EQ((*one)[0].name, "p");
  put("d/2.yaml", "p");
  put("d/1.yml", "q");
  put("d/other.txt", "no");
  fs::create_directories(folder_ / "d" / "3.yaml");
  const auto both = read_credential_providers(folder_ / "d", folder_);
  ASSERT_TRUE(both) << both.error()[0];
  ASSERT_THAT(*both, SizeIs(2));
  EXPECT_EQ((*both)[0].name, "q");
}

TEST_F(ReadCredentialProvidersTest, WhatIsMissingIsNamed) {
  const auto one = put("one", "p");
  const auto problems = [&](const std::string& config, const std::string& folder) {
    const auto read = read_credential_providers(config, folder);
    return read ? std::vector<std::string>{} : read.error();
  };
  EXPECT_THAT(problems(one, folder_),
              ElementsAre(AllOf(HasSubstr("--image-credential-provider-bin-dir: the program \""),
                                HasSubstr("/p\" of provider \"p\" cannot be started: it is not "
                                          "there"))));
  fs::create_directories(folder_ / "p");
  EXPECT_THAT(problems(one, folder_), ElementsAre(HasSubstr("it is not a file")));
  fs::remove(folder_ / "p");
  std::ofstream(folder_ / "p") << "x";
  EXPECT_THAT(problems(one, folder_), ElementsAre(HasSubstr("Permission denied")));
  EXPECT_THAT(problems("/not-there", "/nor-there"),
              ElementsAre(HasSubstr("--image-credential-provider-config \"/not-there\" cannot be "
                                    "read: No such file"),
                          HasSubstr("--image-credential-provider-bin-dir: \"/nor-there\" is not a "
                                    "folder")));
  fs::create_directories(folder_ / "empty");
  EXPECT_THAT(problems(folder_ / "empty", folder_), ElementsAre(HasSubstr("has no file")));
  put("d/1.yaml", "p");
  put("d/2.json", "p");
  std::ofstream(folder_ / "d" / "3.yaml") << "a: b: c";
  EXPECT_THAT(problems(folder_ / "d", folder_),
              ElementsAre(HasSubstr("d/2.json: providers[0] \"p\": name is that of"),
                          HasSubstr("d/3.yaml: line 1: no YAML")));
}

}  // namespace
}  // namespace kip::agent
