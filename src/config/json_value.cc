#include "config/json_value.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"

namespace kip::config {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }

// What may stand at a place.
enum class Expected { value, key, colon, next_member, next_element, nothing };

const char* words(Expected expected) {
  switch (expected) {
    case Expected::value:
      return "a JSON value";
    case Expected::key:
      return "a key in double quotes";
    case Expected::colon:
      return "\":\" after a key";
    case Expected::next_member:
      return "\",\" or \"}\"";
    case Expected::next_element:
      return "\",\" or \"]\"";
    case Expected::nothing:
      break;
  }
  return "the end of the value";
}

// Builds the value from what nlohmann's parser tells, and says in our words why it cannot. It tells
// of no places, so each token that it took is passed in the text, too.
class Builder : public json::json_sax_t {
 public:
  explicit Builder(std::string_view text) : text_(text) { skip(); }  // must outlive the builder

  Result<json> result() {
    if (error_) return *error_;
    return std::move(root_);
  }

  bool null() override { return scalar(nullptr, std::string_view("null").size()); }
  bool boolean(bool value) override {
    return scalar(value, std::string_view(value ? "true" : "false").size());
  }
  bool number_integer(number_integer_t value) override { return scalar(value, integer_size()); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(value, integer_size()); }
  bool number_float(number_float_t value, const string_t& token) override {
    return scalar(value, token.size());
  }
  bool string(string_t& value) override { return scalar(std::move(value), string_size()); }
  bool binary(binary_t&) override { return false; }  // JSON has none

  bool start_object(std::size_t) override { return open(json::object(), Expected::key); }
  bool start_array(std::size_t) override { return open(json::array(), Expected::value); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    json& object = *open_.back();
    if (object.contains(name))
      return fail(next_, "the key " + kip::quoted(name) + " occurs twice; expected it once");
    member_ = &object[name];
    return pass(string_size(), Expected::colon);
  }

  // `read` counts the bytes that were read, and one more at the end of the text.
  bool parse_error(std::size_t read, const std::string&,
                   const json::exception& exception) override {
    constexpr int number_overflow = 406;
    if (exception.id == number_overflow)
      return fail(next_, "a number that is too large; expected a 64-bit one");
    const char first = next_ < text_.size() ? text_[next_] : '\0';
    const bool may_be_string = expected_ == Expected::value || expected_ == Expected::key;
    if (may_be_string && first == '"') return bad_string(read - 1);
    if (expected_ == Expected::value && (first == '-' || is_digit(first)))
      return bad_number(read - 1);
    if (next_ > 0 && text_[next_ - 1] == '0' && is_digit(first))
      return unexpected(next_, "no digit after a leading 0");
    return refuse();
  }

  // What stands at the next token.
  bool refuse() { return unexpected(next_, words(expected_)); }

 private:
  // Where the value belongs.
  json* add(json value) {
    if (!open_.empty() && open_.back()->is_array()) {
      open_.back()->push_back(std::move(value));
      return &open_.back()->back();
    }
    json* place = open_.empty() ? &root_ : member_;
    *place = std::move(value);
    return place;
  }

  bool scalar(json value, std::size_t size) {
    add(std::move(value));
    return pass(size, after_value());
  }

  bool open(json value, Expected inside) {
    if (open_.size() == max_json_depth) return fail(next_, too_deep());
    open_.push_back(add(std::move(value)));
    return pass(1, inside);
  }

  bool close() {
    open_.pop_back();
    return pass(1, after_value());
  }

  Expected after_value() const {
    if (open_.empty()) return Expected::nothing;
    return open_.back()->is_object() ? Expected::next_member : Expected::next_element;
  }

  bool pass(std::size_t size, Expected expected) {
    next_ += size;
    expected_ = expected;
    skip();
    return true;
  }

  void skip() {
    skip_space();
    const char separator = expected_ == Expected::colon ? ':' : ',';
    if (next_ == text_.size() || text_[next_] != separator) return;
    if (expected_ == Expected::next_member) {
      expected_ = Expected::key;
    } else if (expected_ == Expected::colon || expected_ == Expected::next_element) {
      expected_ = Expected::value;
    } else {
      return;
    }
    ++next_;
    skip_space();
  }

  void skip_space() { next_ = std::min(text_.find_first_not_of(" \t\r\n", next_), text_.size()); }

  // Of the token that begins at next_, which the parser took.
  std::size_t integer_size() const {
    const std::size_t sign = text_[next_] == '-' ? 1 : 0;
    if (text_[next_ + sign] == '0') return sign + 1;
    return std::min(text_.find_first_not_of("0123456789", next_ + sign), text_.size()) - next_;
  }

  std::size_t string_size() const {
    std::size_t end = next_ + 1;
    while (text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    return end + 1 - next_;
  }

  bool bad_string(std::size_t at) {
    if (at >= text_.size()) return fail(next_, "a string begins here and has no end; expected \"");
    if (is_control(text_[at])) return unexpected(at, "no control character inside a string");
    if (text_[at - 1] == '\\')
      return unexpected(at, "one of \" \\ / b f n r t u after a backslash");
    return unexpected(at, "four hexadecimal digits after \\u, and both halves of a surrogate pair");
  }

  bool bad_number(std::size_t at) {
    if (at == next_ + 1) return unexpected(at, "a digit");
    return unexpected(
        at, text_[at - 1] == '.' ? "a digit after the decimal point" : "a digit in the exponent");
  }

  bool unexpected(std::size_t at, const std::string& expected) {
    constexpr std::size_t shown = 16;  // enough to recognise the place
    const bool at_end = at >= text_.size();
    return fail(at, "found " +
                        (at_end ? "the end of the text" : kip::quoted(text_.substr(at), shown)) +
                        ", expected " + expected);
  }

  bool fail(std::size_t at, const std::string& what) {
    const auto before = text_.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto line_start = before.rfind('\n') + 1;  // 0 where there is none
    error_ = permanent("line " + std::to_string(line) + ", column " +
                       std::to_string(at - line_start + 1) + ": " + what);
    return false;  // ends the parser
  }

  std::string_view text_;
  std::size_t next_ = 0;  // where the next token begins
  Expected expected_ = Expected::value;
  json root_;
  std::vector<json*> open_;  // arrays and objects that have no end yet, the innermost last
  json* member_ = nullptr;   // of the innermost object: whose key was read last
  std::optional<Error> error_;
};

}  // namespace

Result<json> parse_json_text(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  Builder builder(text);
  if (text.starts_with(byte_order_mark)) {
    builder.refuse();  // nlohmann's parser passes over it
  } else {
    json::sax_parse(text, &builder);
  }
  return builder.result();
}

bool is_deeper(const json& value, int levels) {
  if (!value.is_structured()) return false;
  return levels == 0 || std::any_of(value.begin(), value.end(), [&](const json& member) {
           return is_deeper(member, levels - 1);
         });
}

std::string too_deep() {
  return "more than " + std::to_string(max_json_depth) +
         " arrays and objects within each other; expected fewer";
}

}  // namespace kip::config
