#include "kube/outage.h"

#include <utility>

namespace kip::kube {

namespace {

// A server that words each answer anew, with a time or a number, is not told each time.
constexpr std::size_t most_told = 20;

}  // namespace

Outage::Outage(const char* trouble, const char* over, log::Fields fields)
    : trouble_(trouble), over_(over), fields_(std::move(fields)) {}

void Outage::failed(const http::Error& error) {
  // Without an answer the words vary, and the cause does not.
  const bool is_answer = error.status != 0 || error.kind == ErrorKind::permanent;
  const bool is_news =
      told_.size() < most_told && told_.insert(is_answer ? error.message : "no answer").second;
  log::Fields fields = fields_;
  fields.emplace_back("error", error.message);
  log::write(is_news ? log::Level::warn : log::Level::debug, trouble_, fields);
}

void Outage::over() {
  if (!told_.empty() && over_ != nullptr) log::info(over_, fields_);
  told_.clear();
}

void warn_of_missing_rule(const char* message, const std::string& rule, log::Fields fields) {
  fields.emplace(fields.begin(), "rule", rule);
  log::warn(message, fields);
}

}  // namespace kip::kube
