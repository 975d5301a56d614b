#include "kube/pager.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "kube/client.h"

namespace kip::kube {

namespace {

// Objects in a page. Nobody knows how large they are before the first page: a custom resource may
// have 1 MiB. Then as many as give about this many bytes, which a small service can hold.
constexpr int first_page = 20, largest_page = 500;
constexpr std::size_t wanted_page_bytes = 1 << 20;

}  // namespace

Pager::Pager(http::Transport& transport, std::string collection, std::string selectors, Sink sink)
    : transport_(transport),
      collection_(std::move(collection)),
      selectors_(std::move(selectors)),
      sink_(std::move(sink)),
      limit_(first_page) {}

void Pager::start() {
  continue_.clear();
  ask();
}

std::string Pager::path(int limit) const {
  return collection_ + "?limit=" + std::to_string(limit) + selectors_;
}

void Pager::ask() {
  std::string page = path(limit_);
  if (!continue_.empty()) page += "&continue=" + percent_encoded(continue_);
  request_ = transport_.send({"GET", std::move(page)},
                             [this](const http::Answer& answer) { on_page(answer); });
}

void Pager::on_page(const http::Answer& answer) {
  Answer page = answer ? to_result({"GET", collection_}, *answer) : answer.error();
  if (!page) return failed(page.error());
  if (!is_list(*page)) return;
  json& items = (*page)["items"];
  for (auto& object : items) sink_.on_object(object);
  const std::size_t each = answer->body.size() / std::max<std::size_t>(1, items.size()) + 1;
  limit_ = static_cast<int>(std::clamp<std::size_t>(
      wanted_page_bytes / each, 1, static_cast<std::size_t>(std::min(largest_page, limit_ * 4))));
  next(*page);
}

bool Pager::is_list(const json& page) {
  if (at(page, "/items").is_array()) return true;
  sink_.on_failed({ErrorKind::transient, "GET " + collection_ + ": the answer has no items: " +
                                             quoted(to_text(page), 120)});
  return false;
}

void Pager::failed(const http::Error& error) {
  if (!error.too_large) return sink_.on_failed(error);
  if (limit_ == 1) return pass_one_by();
  limit_ = std::max(1, limit_ / 2);
  log::debug("a page is too large; asking for fewer objects",
             {{"objects", limit_}, {"error", error.message}});
  ask();
}

// A page of one object that is too large: the API gives its name without the rest, and where the
// next one begins.
void Pager::pass_one_by() {
  std::string page_of_one = path(1);
  if (!continue_.empty()) page_of_one += "&continue=" + percent_encoded(continue_);
  request_ = Client(transport_).list_metadata(page_of_one, [this](const Answer& page) {
    if (!page) return sink_.on_failed(page.error());
    if (!is_list(*page)) return;
    for (const auto& object : array_at(*page, "/items")) sink_.on_too_large(object);
    limit_ = first_page;
    next(*page);
  });
}

void Pager::next(const json& page) {
  const std::string before = std::exchange(continue_, string_at(page, "/metadata/continue"));
  if (continue_.empty()) return sink_.on_listed(string_at(page, "/metadata/resourceVersion"));
  // A server that gives one page for ever, or empty ones, would be asked for ever.
  if (continue_ == before || array_at(page, "/items").empty())
    return sink_.on_failed({ErrorKind::transient, "GET " + collection_ +
                                                      ": the next page begins where this one "
                                                      "did: continue=" +
                                                      kip::quoted(continue_)});
  ask();
}

}  // namespace kip::kube
