// Who pins an image, as labels of its record in containerd's image service. Pure.
//
// containerd tells the kubelet of an image whose record has the label io.cri-containerd.pinned, and
// the kubelet does not collect it. Each of our instances has a label of its own beside it: the
// image stays pinned while there is one. What somebody else pinned before stays pinned after.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace kip::cri {

using Labels = std::map<std::string, std::string>;

// "image-puller-agent/pin.INSTANCE"
std::string pin_label(const std::string& instance);

// What is to be set; a value of "" takes a label away. Empty: all is as it should be.
Labels labels_to_pin(const Labels& now, const std::string& instance);
Labels labels_to_unpin(const Labels& now, const std::string& instance);

// Two instances that read the labels at the same time may leave an image that one of them pins
// without its pin; this sets it again.
Labels labels_to_repair(const Labels& now);

}  // namespace kip::cri
