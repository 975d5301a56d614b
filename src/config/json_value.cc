#include "config/json_value.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "config/json_token.h"

namespace kip::config {

namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : scanner_(text) {}

  Result<json> document() {
    auto value = parse(0);
    if (!value) return value;
    scanner_.skip_space();
    if (!scanner_.at_end()) return scanner_.unexpected("the end of the value");
    return value;
  }

 private:
  Result<json> parse(int depth) {
    scanner_.skip_space();
    const char c = scanner_.peek();
    if ((c == '{' || c == '[') && depth == max_json_depth)
      return scanner_.error("more than " + std::to_string(max_json_depth) +
                            " arrays and objects within each other; expected fewer");
    if (c == '{') return object(depth);
    if (c == '[') return array(depth);
    if (c == '"') {
      auto text = scanner_.string();
      if (!text) return text.error();
      return json(std::move(*text));
    }
    if (c == '-' || (c >= '0' && c <= '9')) return scanner_.number();
    if (scanner_.take("true")) return json(true);
    if (scanner_.take("false")) return json(false);
    if (scanner_.take("null")) return json(nullptr);
    return scanner_.unexpected("a JSON value");
  }

  Result<json> array(int depth) {
    json out = json::array();
    scanner_.take("[");
    scanner_.skip_space();
    if (scanner_.take("]")) return out;
    while (true) {
      auto value = parse(depth + 1);
      if (!value) return value;
      out.push_back(std::move(*value));
      scanner_.skip_space();
      if (scanner_.take("]")) return out;
      if (!scanner_.take(",")) return scanner_.unexpected("\",\" or \"]\"");
    }
  }

  Result<json> object(int depth) {
    json out = json::object();
    scanner_.take("{");
    scanner_.skip_space();
    if (scanner_.take("}")) return out;
    while (true) {
      scanner_.skip_space();
      if (scanner_.peek() != '"') return scanner_.unexpected("a key in double quotes");
      const auto before = scanner_;
      auto key = scanner_.string();
      if (!key) return key.error();
      if (out.contains(*key))
        return before.error("the key " + kip::quoted(*key) + " occurs twice; expected it once");
      scanner_.skip_space();
      if (!scanner_.take(":")) return scanner_.unexpected("\":\" after a key");
      auto value = parse(depth + 1);
      if (!value) return value;
      out[*key] = std::move(*value);
      scanner_.skip_space();
      if (scanner_.take("}")) return out;
      if (!scanner_.take(",")) return scanner_.unexpected("\",\" or \"}\"");
    }
  }

  JsonScanner scanner_;
};

}  // namespace

Result<json> parse_json_text(std::string_view text) { return Parser(text).document(); }

const char* json_type_name(const json& value) {
  switch (value.type()) {
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return "an array";
    case json::value_t::string:
      return "a string";
    case json::value_t::boolean:
      return "a boolean";
    case json::value_t::null:
      return "null";
    default:
      return "a number";
  }
}

}  // namespace kip::config
