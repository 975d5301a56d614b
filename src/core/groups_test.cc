#include "core/groups.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "core/names.h"
#include "core/ownership.h"
#include "testing/settings.h"
#include "types/dns_name.h"

namespace kip::core {
namespace {

using testing::noon;
using testing::reference;
using testing::some_settings;

config::ScopedSecret scoped(std::string_view prefix, const std::string& name) {
  return {*types::parse_image_pattern(prefix), name};
}

config::Settings with(std::vector<config::CachedImage> images,
                      std::vector<config::ScopedSecret> secrets,
                      std::vector<std::string> plain = {}) {
  config::Settings settings = some_settings();
  settings.daemonset_name = "kip";
  settings.images = std::move(images);
  settings.scoped_pull_secrets = std::move(secrets);
  settings.image_pull_secrets = std::move(plain);
  return settings;
}

// "name: image image (secret secret)", a line for each.
std::string shown(const std::vector<config::Settings>& groups) {
  std::string out;
  for (const auto& group : groups) {
    out += group.daemonset_name.substr(0, group.daemonset_name.find_last_of('-')) + ":";
    for (const auto& image : group.images) out += " " + image.name;
    out += " (" + joined(group.image_pull_secrets, " ") + ")\n";
  }
  return out;
}

const config::CachedImage team = {"team", reference("reg.example/team/app:1")},
                          other = {"other", reference("reg.example/other/app:1")},
                          open = {"open", reference("busybox")};

TEST(Groups, WithoutAPrefixThereIsOneOfTheVerySettings) {
  const auto settings = with({team, open}, {}, {"a", "b"});
  EXPECT_EQ(groups_of(settings), std::vector{settings});
}

TEST(Groups, EachSetOfSecretsIsADaemonSetAndTheRestHasThePlainName) {
  const auto groups = groups_of(with(
      {open, team, other}, {scoped("reg.example/team", "a"), scoped("reg.example/other", "b")}));
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].daemonset_name, "kip");
  EXPECT_EQ(groups[0].part_of, "");
  EXPECT_EQ(groups[1].part_of, "kip");
  EXPECT_EQ(shown(groups), "kip: open ()\nkip-a: team (a)\nkip-b: other (b)\n");
}

TEST(Groups, AnImageHasAllSecretsThatAreForItAndThoseWithoutAPrefix) {
  EXPECT_EQ(shown(groups_of(with({team, other, open},
                                 {scoped("*.example/team", "z"), scoped("reg.example", "a"),
                                  scoped("reg.example", "a")},
                                 {"all"}))),
            "kip: open (all)\nkip-a: other (a all)\nkip-a-z: team (z a all)\n");
}

TEST(Groups, WhereEveryImageHasASecretOfItsOwnThePlainNameIsNotThere) {
  EXPECT_EQ(shown(groups_of(with({team}, {scoped("reg.example", "a")}))), "kip-a: team (a)\n");
}

TEST(Groups, ASecretThatEveryImageGetsAnywayMakesNoGroup) {
  EXPECT_EQ(shown(groups_of(with({team, open}, {scoped("reg.example", "a")}, {"a"}))),
            "kip: team open (a)\n");
}

TEST(Groups, ANameStaysWhenImagesComeAndGo) {
  const auto name = [](std::vector<config::CachedImage> images) {
    return groups_of(with(std::move(images), {scoped("reg.example", "a")})).back().daemonset_name;
  };
  EXPECT_EQ(name({team}), name({open, other, team}));
}

TEST(Groups, NamesAreReadableAndShortAndTellSetsApart) {
  EXPECT_EQ(group_name("kip", {"pull.secret"}).substr(0, 16), "kip-pull-secret-");
  EXPECT_NE(group_name("kip", {"a-b"}), group_name("kip", {"a", "b"}));
  EXPECT_NE(group_name("kip", {"a"}), group_name("kip-a", {"a"}));
  const std::string long_secret(253, 's');
  EXPECT_EQ(group_name("kubernetes-image-puller", {long_secret}).size(), 63U);
  for (const std::size_t size : {1U, 53U, 54U, 55U, 62U, 63U, 244U, 245U, 253U}) {
    const std::string base(size, 'n');
    const std::string name = group_name(base, {long_secret});
    EXPECT_TRUE(types::check_dns_subdomain(name)) << name;
    EXPECT_LE(name.size(), std::max<std::size_t>(63, std::min<std::size_t>(253, size + 9)));
    EXPECT_TRUE(name.starts_with(base.substr(0, 244))) << name;
  }
  EXPECT_TRUE(types::check_dns_subdomain(group_name("a." + std::string(251, 'b'), {"x"})));
}

TEST(Groups, EveryPodGetsTheSecretOfTheImageThatSleepIsTakenFrom) {
  Facts facts;
  facts.own_image = "reg.example/kip:1";
  const auto groups = groups_of(
      with({open, team}, {scoped("reg.example/kip", "own"), scoped("reg.example/team", "a")}));
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(pull_secrets(groups[0], facts), (std::vector<std::string>{"own"}));
  EXPECT_EQ(pull_secrets(groups[1], facts), (std::vector<std::string>{"a", "own"}));
  EXPECT_EQ(pull_secrets(groups[1], {}), (std::vector<std::string>{"a"}));
}

TEST(Groups, PodsOfAnAgentHaveItsSecretsToo) {
  auto settings = with({open}, {scoped("reg.example/agents", "of-agent")});
  settings.agent_image = reference("reg.example/agents/agent:1");
  EXPECT_TRUE(pull_secrets(settings, {}).empty());
  settings.cache_mode = config::CacheMode::agent;
  EXPECT_EQ(pull_secrets(settings, {}), std::vector<std::string>{"of-agent"});
}

TEST(Groups, ADaemonSetOfOneSaysWhatItIsPartOf) {
  const auto groups = groups_of(with({open, team}, {scoped("reg.example", "a")}));
  const json plain = desired_daemonset(groups[0], {}, new_record(groups[0], noon()), 50);
  const json part = desired_daemonset(groups[1], {}, new_record(groups[1], noon()), 50);
  EXPECT_FALSE(object_at(plain, "/metadata/annotations").contains(part_of));
  EXPECT_EQ(object_at(part, "/metadata/annotations").at(part_of), "kip");
  EXPECT_EQ(at(part, "/spec/template/spec/imagePullSecrets"), json::parse(R"([{"name":"a"}])"));
  EXPECT_FALSE(has(plain, "/spec/template/spec/imagePullSecrets"));
}

TEST(LeftOver, OnlyWhatWeMadeIsOurs) {
  Facts facts, none;
  facts.owner = OwnerReference{"kip", "d1"};
  const auto made = [](const Facts& by, const std::string& base) {
    auto settings = with({team}, {scoped("reg.example", "a")});
    settings.daemonset_name = base;
    settings = groups_of(settings).at(0);
    return desired_daemonset(settings, by, new_record(settings, noon()), 50);
  };
  EXPECT_TRUE(is_left_over(made(facts, "kip"), "kip", facts));
  EXPECT_TRUE(is_left_over(made(facts, "earlier"), "kip", facts));
  EXPECT_TRUE(is_left_over(made(none, "kip"), "kip", facts));
  EXPECT_TRUE(is_left_over(made(none, "kip"), "kip", none));
  EXPECT_FALSE(is_left_over(made(none, "another"), "kip", none));
  EXPECT_FALSE(is_left_over(made(facts, "kip"), "kip", none));
  Facts another;
  another.owner = OwnerReference{"kip", "d2"};
  EXPECT_FALSE(is_left_over(made(another, "kip"), "kip", facts));
  json unlabelled = made(facts, "kip");
  unlabelled["metadata"].erase("labels");
  EXPECT_FALSE(is_left_over(unlabelled, "kip", facts));
}

}  // namespace
}  // namespace kip::core
