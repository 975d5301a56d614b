#include "nats/parser.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/text.h"

namespace kip::nats {

namespace {

// Nobody sends more: a server's own limit is 64 MiB.
constexpr std::uint64_t largest_message = 1ULL << 31;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// The first word, without blanks before it; it and they are taken from `text`.
std::string_view take_word(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  const auto end = std::find_if(text.begin(), text.end(), is_blank);
  const auto length = static_cast<std::size_t>(end - text.begin());
  const std::string_view word = text.substr(0, length);
  text.remove_prefix(length);
  return word;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::string_view unquoted(std::string_view text) {
  text = trimmed(text);
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'')
    return text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

std::string Parser::feed(std::string_view bytes) {
  while (!bytes.empty() && flaw_.empty())
    bytes.remove_prefix(pending_ ? take_payload(bytes) : take_line(bytes));
  return flaw_;
}

// How many bytes belonged to it.
std::size_t Parser::take_line(std::string_view bytes) {
  const auto end = bytes.find('\n');
  const std::size_t taken = end == std::string_view::npos ? bytes.size() : end + 1;
  if (text_.size() + taken > limits_.line + 2) {
    flaw_ = "a line has over " + std::to_string(limits_.line) + " bytes";
    return taken;
  }
  text_ += bytes.substr(0, taken);
  if (end == std::string_view::npos) return taken;
  const std::string line = std::exchange(text_, "");
  std::string_view view = line;
  view.remove_suffix(1);
  if (view.ends_with('\r')) view.remove_suffix(1);
  on_line(view);
  return taken;
}

void Parser::on_line(std::string_view line) {
  std::string_view rest = line;
  const std::string_view word = take_word(rest);
  const std::string verb = lowered(word.substr(0, 8));
  if (verb == "msg") return on_message_line(rest, false);
  if (verb == "hmsg") return on_message_line(rest, true);
  if (verb == "info") return sink_.on_info(trimmed(rest));
  if (verb == "ping") return sink_.on_ping();
  if (verb == "pong") return sink_.on_pong();
  if (verb == "-err") return sink_.on_error(unquoted(rest));
  if (verb == "+ok") return;
  flaw_ = quoted(line) + " is no line of NATS; expected INFO, MSG, HMSG, PING, PONG, +OK or -ERR";
}

// `subject sid [reply] bytes`, with headers `subject sid [reply] header-bytes bytes`.
void Parser::on_message_line(std::string_view arguments, bool has_headers) {
  std::vector<std::string_view> words;
  std::string_view rest = arguments;
  while (words.size() <= 6) {
    const std::string_view word = take_word(rest);
    if (word.empty()) break;
    words.push_back(word);
  }
  const std::size_t least = has_headers ? 4 : 3;
  const bool has_reply = words.size() == least + 1;
  if (words.size() != least && !has_reply) {
    flaw_ = "the line of a message has " + std::to_string(words.size()) + " arguments";
    return;
  }
  const auto sid = number(words[1]), bytes = number(words.back());
  const auto headers = has_headers ? number(words[words.size() - 2]) : 0;
  if (!sid || !bytes || !headers || *headers > *bytes || *bytes > largest_message) {
    flaw_ = "the line of a message has numbers that cannot be: " + quoted(arguments);
    return;
  }
  pending_ = Pending{.subject = std::string(words[0]),
                     .reply = has_reply ? std::string(words[2]) : "",
                     .sid = *sid,
                     .header_bytes = *headers,
                     .bytes = *bytes,
                     .is_kept = *bytes <= limits_.message};
}

// How many bytes belonged to it, and to the line end behind it.
std::size_t Parser::take_payload(std::string_view bytes) {
  Pending& pending = *pending_;
  if (!pending.is_kept && pending.dropped < pending.bytes) {
    const std::size_t part = std::min<std::uint64_t>(bytes.size(), pending.bytes - pending.dropped);
    pending.dropped += part;
    return part;
  }
  const std::uint64_t whole = (pending.is_kept ? pending.bytes : 0) + 2;
  const std::size_t part = std::min<std::uint64_t>(bytes.size(), whole - text_.size());
  text_ += bytes.substr(0, part);
  if (text_.size() == whole) end_message();
  return part;
}

void Parser::end_message() {
  const std::string text = std::exchange(text_, "");
  const Pending pending = *std::exchange(pending_, std::nullopt);
  if (!text.ends_with("\r\n")) {
    flaw_ = "a message is longer than its line says";
    return;
  }
  if (!pending.is_kept) return sink_.on_too_large(pending.subject, pending.bytes);
  const std::string_view content(text.data(), text.size() - 2);
  sink_.on_message({pending.subject, pending.reply, pending.sid,
                    content.substr(0, pending.header_bytes), content.substr(pending.header_bytes)});
}

}  // namespace kip::nats
