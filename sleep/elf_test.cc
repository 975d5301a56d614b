// The file itself: what the kernel is asked to map.
#include <cstring>

#include <elf.h>
#include <gtest/gtest.h>

#include "process.h"

namespace kip::sleep {
namespace {

class ElfFile : public testing::Test {
 protected:
  void SetUp() override {
    bytes_ = contents_of(binary());
    ASSERT_GE(bytes_.size(), sizeof header_) << "is KIP_SLEEP set? run this by ctest";
    std::memcpy(&header_, bytes_.data(), sizeof header_);
    for (unsigned i = 0; i < header_.e_phnum; ++i)
      segments_.push_back(at<Elf64_Phdr>(header_.e_phoff + i * sizeof(Elf64_Phdr)));
    for (unsigned i = 0; i < header_.e_shnum; ++i)
      sections_.push_back(at<Elf64_Shdr>(header_.e_shoff + i * sizeof(Elf64_Shdr)));
  }

  template <class T>
  T at(std::size_t offset) const {
    T value{};
    std::memcpy(&value, bytes_.substr(offset, sizeof value).data(), sizeof value);
    return value;
  }

  std::string bytes_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Shdr> sections_;
};

TEST_F(ElfFile, IsAStaticProgramForItsArchitecture) {
  EXPECT_EQ(header_.e_type, ET_EXEC);
  EXPECT_EQ(header_.e_machine, architecture() == "aarch64" ? EM_AARCH64 : EM_X86_64);
}

TEST_F(ElfFile, TakesNoMoreThanOnePageOnDisk) { EXPECT_LE(bytes_.size(), 4096U); }

TEST_F(ElfFile, HasOneSegmentThatIsNeverWritableAndAStackThatIsNotExecutable) {
  ASSERT_EQ(segments_.size(), 2U);
  EXPECT_EQ(segments_[0].p_type, unsigned{PT_LOAD});
  EXPECT_EQ(segments_[0].p_flags, unsigned{PF_R | PF_X});
  EXPECT_EQ(segments_[0].p_filesz, segments_[0].p_memsz) << "there is a .bss";
  EXPECT_EQ(segments_[1].p_type, unsigned{PT_GNU_STACK});
  EXPECT_EQ(segments_[1].p_flags, unsigned{PF_R | PF_W});
}

TEST_F(ElfFile, HasNoRelocationsAndNoWritableSection) {
  EXPECT_FALSE(sections_.empty());
  for (const auto& section : sections_) {
    EXPECT_NE(section.sh_type, unsigned{SHT_RELA});
    EXPECT_NE(section.sh_type, unsigned{SHT_REL});
    EXPECT_NE(section.sh_type, unsigned{SHT_DYNAMIC});
    EXPECT_EQ(section.sh_flags & SHF_WRITE, 0U);
  }
}

}  // namespace
}  // namespace kip::sleep
