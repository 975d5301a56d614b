#include "yaml/from_yaml.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "base/text.h"

namespace kip {

namespace {

constexpr int max_depth = 64;  // files of Kubernetes have a handful; an alias to itself has no end
// Each a value, with those that aliases repeat. A file that a person wrote has fewer.
constexpr int max_values = 20'000;
// Of one of many documents, which programs wrote: definitions of custom resources have 100,000.
constexpr int max_values_of_many = 1'000'000;
constexpr std::size_t text_bytes = 64;  // of one value: 1.2 MiB of text are all that may be

Error at(const YAML::Mark& mark, const std::string& what) {
  return permanent((mark.is_null() ? "" : "line " + std::to_string(mark.line + 1) + ": ") + what);
}

template <class Number, class... Form>
std::optional<json> number(std::string_view text, Form... form) {
  Number value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value, form...);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// A number in one of JSON's two types; not infinity, nor what is none.
std::optional<json> number(std::string_view text) {
  const bool is_hexadecimal = text.starts_with("0x");
  if (is_hexadecimal || text.starts_with("0o")) {
    text.remove_prefix(2);
    if (text.starts_with('-')) return std::nullopt;
    return number<std::int64_t>(text, is_hexadecimal ? 16 : 8);
  }
  if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  if (auto whole = number<std::int64_t>(text, 10)) return whole;
  return number<double>(text);
}

// By the core schema: https://yaml.org/spec/1.2.2/#103-core-schema.
json plain(const std::string& text) {
  for (const char* null : {"", "~", "null", "Null", "NULL"})
    if (text == null) return nullptr;
  for (const char* yes : {"true", "True", "TRUE"})
    if (text == yes) return true;
  for (const char* no : {"false", "False", "FALSE"})
    if (text == no) return false;
  return number(text).value_or(text);
}

class Converter {
 public:
  explicit Converter(int most_values) : most_values_(most_values) {}

  std::optional<Error> convert(const YAML::Node& node, json& into, int depth = 1) {
    if (depth > max_depth)
      return at(node.Mark(), "there are more than " + std::to_string(max_depth) +
                                 " lists and maps within each other");
    if (auto error = count(node, 1 + (node.IsScalar() ? length(node.Scalar()) : 0))) return error;
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        into = node.Tag() == "?" ? plain(node.Scalar()) : json(node.Scalar());
        return std::nullopt;
      case YAML::NodeType::Sequence:
        into = json::array();
        for (const auto& element : node) {
          into.emplace_back();
          if (auto error = convert(element, into.back(), depth + 1)) return error;
        }
        return std::nullopt;
      case YAML::NodeType::Map:
        into = json::object();
        for (const auto& member : node) {
          if (!member.first.IsScalar()) return at(node.Mark(), "a key is not a text");
          const auto& key = member.first.Scalar();
          if (auto error = count(node, length(key))) return error;
          const auto [place, is_new] = into.emplace(key, nullptr);
          if (!is_new)
            return at(member.first.Mark(),
                      "the key " + kip::quoted(key) + " stands twice in a map");
          if (auto error = convert(member.second, *place, depth + 1)) return error;
        }
        return std::nullopt;
      default:
        into = nullptr;
        return std::nullopt;
    }
  }

 private:
  // A long text that aliases repeat counts as long as it is, a key as well.
  static int length(const std::string& text) { return static_cast<int>(text.size() / text_bytes); }

  std::optional<Error> count(const YAML::Node& node, int values) {
    values_ += values;
    if (values_ <= most_values_) return std::nullopt;
    return at(node.Mark(), "there are more than " + std::to_string(most_values_) + " values");
  }

  const int most_values_;
  int values_ = 0;
};

// yaml-cpp makes documents without end of a bracket or comma that closes nothing ("]"), as it does
// not go past it. Throws there.
class EndCheck : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (last_ == mark.pos) throw YAML::ParserException(mark, "nothing begins so");
    last_ = mark.pos;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  int last_ = -1;
};

void check_that_it_ends(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  EndCheck check;
  while (parser.HandleNextDocument(check)) {
  }
}

// For what YAML has not: JSON's escapes of pairs of surrogates. What is too deep is not built, as
// copying it would take a piece of the stack for each level.
std::optional<json> from_json(std::string_view text) {
  bool is_too_deep = false;
  json value = json::parse(
      text,
      [&](int depth, json::parse_event_t, const json&) {
        is_too_deep = is_too_deep || depth > max_depth;
        return !is_too_deep;
      },
      false);
  if (value.is_discarded() || is_too_deep) return std::nullopt;
  return value;
}

// The documents that are not empty, each with the place where it begins.
struct Document {
  YAML::Node node;
  YAML::Mark mark;
};

Result<std::vector<Document>> documents(std::string_view text) {
  const auto invalid = std::min(find_invalid_utf8(text), text.find('\0'));
  if (invalid != std::string_view::npos)
    return permanent("no text: byte " + std::to_string(invalid) + " is not part of it");
  try {
    const std::string whole(text);
    check_that_it_ends(whole);
    std::vector<Document> found;
    for (const auto& document : YAML::LoadAll(whole))
      // `---` at the file's begin or end
      if (!document.IsNull()) found.push_back({document, document.Mark()});
    return found;
  } catch (const YAML::Exception& e) {
    return at(e.mark, "no YAML: " + e.msg);
  }
}

}  // namespace

Result<json> from_yaml(std::string_view text) {
  const auto found = documents(text);
  if (!found) {
    if (auto value = from_json(text)) return *std::move(value);
    return found.error();
  }
  if (found->empty()) return permanent("there is nothing in it");
  if (found->size() > 1) return at((*found)[1].mark, "a second document begins; expected one");
  json value;
  if (auto error = Converter(max_values).convert(found->front().node, value)) return *error;
  return value;
}

Result<std::vector<json>> from_yaml_documents(std::string_view text) {
  const auto found = documents(text);
  if (!found) {
    if (auto value = from_json(text)) return std::vector{*std::move(value)};
    return found.error();
  }
  std::vector<json> values;
  for (const auto& document : *found)
    if (auto error = Converter(max_values_of_many).convert(document.node, values.emplace_back()))
      return *error;
  return values;
}

}  // namespace kip
