// IMAGES: `name=image;name=image;`, or an array of {name, image}. Pure; any thread may call it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace kip::config {

// Taken by the DaemonSet's init container; container names are unique in a pod.
constexpr std::string_view init_container_name = "copy-sleep";

struct ImageList {
  std::vector<CachedImage> images;  // the good entries, in their order, names unique
  // One a bad entry: "entry 2 (byte 17): …", in an array "entry 2: …"; entry and byte from 1.
  std::vector<std::string> problems;
};

// Entries are separated by ";"; spaces and line ends around an entry, its name and its reference
// are dropped, and so is an empty last one of a text. Of entries with one name the first is good.
// At most max_listed_problems are told apart; the last then says how many more there are.
ImageList parse_images(std::string_view text);
ImageList images_of(const json& list);  // an array

// The size that a DaemonSet is refused above. etcd stores 1.5 MiB in one object; what the API
// server and other writers add to it (managedFields of others, status) needs room too.
constexpr std::size_t max_daemonset_bytes = 1'048'576;

// About what they take in a stored DaemonSet.
std::size_t bytes_of(const std::vector<CachedImage>& images);

// A megabyte of garbage is to give a message that a person can read.
constexpr std::size_t max_listed_problems = 20;

}  // namespace kip::config
