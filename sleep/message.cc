#include "message.h"

#include "kernel.h"

namespace kip::sleep {

namespace {

void write_all(int fd, const char* bytes, unsigned long count) {
  while (count > 0) {
    const long written = write(fd, bytes, count);
    if (written <= 0) return;
    bytes += written;
    count -= static_cast<unsigned long>(written);
  }
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// The errors that a user can do something about, in the words that other tools have for them …
constexpr unsigned char errors[] = {EPERM,  ENOENT, EIO,    ENOMEM, EACCES,       EBUSY, ENOTDIR,
                                    EISDIR, EINVAL, ENOSPC, EROFS,  ENAMETOOLONG, ELOOP, EDQUOT};
// … and those words, in the same order. One text: an array of pointers would take up more.
constexpr char words[] =
    "Operation not permitted\0"
    "No such file or directory\0"
    "Input/output error\0"
    "Cannot allocate memory\0"
    "Permission denied\0"
    "Device or resource busy\0"
    "Not a directory\0"
    "Is a directory\0"
    "Invalid argument\0"
    "No space left on device\0"
    "Read-only file system\0"
    "File name too long\0"
    "Too many levels of symbolic links\0"
    "Disk quota exceeded";

// nullptr where there are no words for it. `error` is -errno.
const char* meaning(long error) {
  const char* text = words;
  for (const unsigned char known : errors) {
    if (error == -known) return text;
    while (*text++ != '\0') {
    }
  }
  return nullptr;
}

void say_number(int fd, unsigned long number) {
  char digits[20];  // 2^64 has 20 digits
  char* first = digits + sizeof digits;
  do {
    *--first = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  write_all(fd, first, static_cast<unsigned long>(digits + sizeof digits - first));
}

}  // namespace

void say(int fd, const char* text) {
  const char* end = text;
  while (*end != '\0') ++end;
  write_all(fd, text, static_cast<unsigned long>(end - text));
}

void say_foreign(int fd, const char* text) {
  while (*text != '\0') {
    const char* end = text;
    while (*end != '\0' && !is_control(*end)) ++end;
    write_all(fd, text, static_cast<unsigned long>(end - text));
    if (*end == '\0') return;
    write_all(fd, "?", 1);
    text = end + 1;
  }
}

void say_failure(const char* doing, const char* path, long error) {
  say(standard_error, "sleep: ");
  say(standard_error, doing);
  say(standard_error, " ");
  say_foreign(standard_error, path);
  say(standard_error, ": ");
  if (const char* text = meaning(error)) {
    say(standard_error, text);
  } else {
    say(standard_error, "error ");
    say_number(standard_error, static_cast<unsigned long>(-error));
  }
  say(standard_error, "\n");
}

}  // namespace kip::sleep
