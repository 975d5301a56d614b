#include "config/nats_settings.h"

#include <string>
#include <utility>

#include "config/discovery_settings.h"

namespace kip::config {

namespace {

Problems read_subject(std::string_view text, Nats& nats) {
  if (const auto good = nats::check_subject(text); !good) return {error(good.error().message)};
  nats.subject = text;
  return {};
}

}  // namespace

std::vector<Setting> nats_settings() {
  return {
      {.info = {.name = "NATS_ADDR",
                .format = "nats://host:4222, or tls://, with commas between",
                .help = "Servers of NATS: images that are published there are kept, too; see "
                        "docs/warm-images.md. Without it, NATS is not used."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(nats::parse_server_urls(text), d.settings.nats.servers);
           },
       .may_hold_secret = true},
      {.info = {.name = "NATS_SUBJECT",
                .default_value = "images",
                .format = "words with dots between",
                .help = "The subject on which each message is an image."},
       .read_text = [](std::string_view text,
                       Draft& d) { return read_subject(text, d.settings.nats); }},
      {.info = {.name = "NATS_FORGET_AFTER",
                .default_value = "7d",
                .format = "duration, also 7d",
                .help = "How long an image is kept after it was published last; time without "
                        "NATS does not count."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(parse_forget_after(text), d.settings.nats.forget_after);
           }},
      {.info = {.name = "NATS_MAX_IMAGES",
                .default_value = "50",
                .format = "number of images, 1 to 700",
                .help = "How many published images are kept at most; the log says what is left "
                        "out."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(parse_image_count(text), d.settings.nats.max_images);
           }},
  };
}

}  // namespace kip::config
