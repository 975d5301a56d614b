#include "base/flag_table.h"

#include <gmock/gmock.h>

namespace kip {
namespace {

using ::testing::ElementsAre;

struct Options {
  bool on = false;
  int number = 4;
  Duration time{};
};

constexpr Flag<Options> flags[] = {
    {"on", "", "false", "Switch it on.",
     [](const std::string& t, Options& o) { return read_toggle(t, o.on); }},
    {"number", "N|M", "4", "How many.",
     [](const std::string& t, Options& o) { return read_whole_number(t, 1, 10, o.number); }},
    {"time", "DURATION", "", "How long.",
     [](const std::string& t, Options& o) { return read_duration(t, o.time); }},
};
constexpr FlagTable<Options> table{flags};

TEST(FlagTable, ReadsWhatIsGiven) {
  Options options;
  auto given = table.parse({"--on", "-number=7", "--time", "1m30s", "rest"});
  table.read(given, options);
  EXPECT_TRUE(given.problems.empty());
  EXPECT_TRUE(options.on);
  EXPECT_EQ(options.number, 7);
  EXPECT_EQ(options.time, std::chrono::seconds(90));
  EXPECT_THAT(given.positionals, ElementsAre("rest"));
}

TEST(FlagTable, EachProblemIsToldWithItsFlagAndNothingIsChanged) {
  Options options;
  auto given = table.parse({"--on=maybe", "--number=11", "--number=7x", "--time=0s"});
  table.read(given, options);
  EXPECT_THAT(given.problems, ElementsAre("--on: \"maybe\" is no boolean; expected true or false",
                                          "--number: \"11\"; expected a whole number from 1 to 10",
                                          "--number: \"7x\"; expected a whole number from 1 to 10",
                                          "--time: \"0s\"; expected more than 0"));
  EXPECT_FALSE(options.on);
  EXPECT_EQ(options.number, 4);
}

TEST(FlagTable, IsWrittenForPeople) {
  EXPECT_EQ(table.help(),
            "  --on\n      Switch it on. Default: false.\n"
            "  --number N|M\n      How many. Default: 4.\n"
            "  --time DURATION\n      How long.\n");
  EXPECT_EQ(table.markdown(),
            "| flag | default | what it is |\n|---|---|---|\n"
            "| `--on` | false | Switch it on. |\n"
            "| `--number N\\|M` | 4 | How many. |\n"
            "| `--time DURATION` |  | How long. |\n");
}

}  // namespace
}  // namespace kip
