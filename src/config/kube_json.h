// The JSON values that become parts of the DaemonSet, checked as the API server will check them
// as far as that can be known here: a mistake is better named before anything is touched. Pure; any
// thread may call them. JSON's null is taken for the default: that is what a chart makes of an
// empty value. In messages, places in the value are JSON Pointers (RFC 6901).
#pragma once

#include "base/json.h"
#include "base/result.h"

namespace kip::config {

// NODE_SELECTOR: an object of label keys and label values.
Result<json> node_selector_of(const json& value);

// Annotations of the DaemonSet that this program writes: one for each image, with what is known of
// it (core::TemplateRecord).
inline constexpr const char* image_record_prefix = "image.che.eclipse.org/";

// DAEMONSET_ANNOTATIONS: an object of annotation keys and any strings, at most
// max_annotation_bytes; none of our own.
Result<json> annotations_of(const json& value);

// AFFINITY: any object; its fields are the API server's to judge, so that new ones can be used.
Result<json> affinity_of(const json& value);

// TOLERATIONS: an array of core/v1 Toleration.
Result<json> tolerations_of(const json& value);

// The API server's limit for all annotations of an object, keys and values
// (TotalAnnotationSizeLimitB).
constexpr std::size_t max_annotation_bytes = 262'144;

}  // namespace kip::config
