#include "testing/fake_api.h"

#include <algorithm>

#include "types/object.h"

namespace kip::testing {

using namespace std::chrono_literals;

namespace {

constexpr Duration latency = 1ms;

std::string before_query(const std::string& path) { return path.substr(0, path.find('?')); }

std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::string namespace_of(const std::string& path) {
  const std::string key = "/namespaces/";
  const auto at = path.find(key);
  if (at == std::string::npos) return {};
  const auto begin = at + key.size();
  return path.substr(begin, path.find('/', begin) - begin);
}

// The NAME of "fieldSelector=metadata.name%3DNAME"; empty: no selector.
std::string selected_name(const std::string& path) {
  const std::string key = "fieldSelector=metadata.name%3D";
  const auto at = path.find(key);
  if (at == std::string::npos) return {};
  const auto begin = at + key.size();
  return path.substr(begin, path.find('&', begin) - begin);
}

// True if a list or watch of `collection` has the object at `path`; a collection of all namespaces,
// too.
bool is_in(const std::string& path, const std::string& collection) {
  if (parent(path) == collection) return true;
  const auto plural = collection.rfind('/');
  return collection.find("/namespaces/") == std::string::npos &&
         path.starts_with(collection.substr(0, plural) + "/namespaces/") &&
         parent(path).ends_with(collection.substr(plural));
}

// Of the labels only ours are looked at: what makes an object one of an operator's, or a temporary
// list.
bool is_selected(const json& object, const std::string& query) {
  const json& labels = object_at(object, "/metadata/labels");
  const auto is_asked_for = [&](const char* name) { return query.find(name) != std::string::npos; };
  return (!is_asked_for("managed-by") || labels.contains("app.kubernetes.io/managed-by")) &&
         (!is_asked_for("warm-list") || labels.contains("che.eclipse.org/image-puller-warm-list"));
}

bool is_collection(const std::string& path) {
  for (const char* plural :
       {"/daemonsets", "/pods", "/configmaps", "/events", "/nodes", "/kubernetesimagepullers",
        "/deployments", "/statefulsets", "/replicasets", "/jobs", "/cronjobs"})
    if (path.ends_with(plural)) return true;
  return false;
}

}  // namespace

struct FakeApi::Stream : Handle {
  Stream(FakeApi& a, std::list<Open>::iterator p) : api(a), place(&*p) {}
  ~Stream() override {
    api.watches_.remove_if([this](const Open& open) { return &open == place; });
  }
  FakeApi& api;
  const Open* place;
};

HandlePtr FakeApi::send(http::Request request, std::function<void(http::Answer)> done) {
  requests.push_back(request.method + " " + before_query(request.path));
  full_paths[requests.back()] = request.path;
  if (!request.body.empty()) last_body = json::parse(request.body);
  if (!request.body.empty()) bodies_[requests.back()].push_back(last_body);
  return scheduler_.after(latency,
                          [this, request, done = std::move(done)] { done(answer(request)); });
}

HandlePtr FakeApi::stream(http::Request request, std::function<void(std::string_view)> on_line,
                          std::function<void(http::Answer)> on_end) {
  watch_paths.push_back(request.path);
  const auto failure = failures.find("WATCH " + before_query(request.path));
  if (failure != failures.end())
    return scheduler_.after(latency,
                            [how = failure->second, on_end = std::move(on_end)] { on_end(how); });
  watches_.push_back(
      {before_query(request.path), request.path, std::move(on_line), std::move(on_end)});
  return std::make_unique<Stream>(*this, std::prev(watches_.end()));
}

http::Answer FakeApi::answer(const http::Request& request) {
  const std::string path = before_query(request.path);
  const auto failure = failures.find(request.method + " " + path);
  if (failure != failures.end()) return failure->second;
  const auto selected =
      selected_failures_.find({request.method + " " + path, selected_name(request.path)});
  if (selected != selected_failures_.end()) return selected->second;
  if (request.method != "GET") return write(request, path);
  if (is_collection(path)) return list(path, request.path);
  const auto found = objects_.find(path);
  if (found == objects_.end()) return status(404, "not found");
  return http::Response{200, to_text(found->second)};
}

http::Response FakeApi::list(const std::string& collection, const std::string& query) const {
  const std::string name = selected_name(query);
  json items = json::array();
  for (const auto& [path, object] : objects_)
    if (is_in(path, collection) && (name.empty() || path.ends_with("/" + name)) &&
        is_selected(object, query))
      items.push_back(object);
  const json body = {{"metadata", {{"resourceVersion", std::to_string(version_)}}},
                     {"items", items}};
  return {200, to_text(body)};
}

http::Answer FakeApi::write(const http::Request& request, const std::string& path) {
  json body = json::parse(request.body, nullptr, false);
  if (request.method == "DELETE") {
    if (!objects_.contains(path)) return status(404, "not found");
    for (const char* each : {"uid", "resourceVersion"}) {
      const std::string key = each, wanted = string_at(body, "/preconditions/" + key);
      if (!wanted.empty() && wanted != string_at(objects_[path], "/metadata/" + key))
        return status(409, "the precondition " + key + " is not met", "Conflict");
    }
    remove(path);
    return http::Response{200, to_text({{"kind", "Status"}, {"status", "Success"}})};
  }
  if (request.method == "PATCH" && request.content_type == "application/json-patch+json")
    return patch_if(path, body);
  if (request.method == "PATCH") return patch(path, body);
  const bool is_new = request.method == "POST";
  const std::string object_path = is_new ? path + "/" + string_at(body, "/metadata/name") : path;
  if (path.ends_with("/events")) return http::Response{201, to_text(body)};
  if (is_new && objects_.contains(object_path))
    return status(409, "already exists", "AlreadyExists");
  if (request.path.find("dryRun=All") != std::string::npos)
    return http::Response{is_new ? 201 : 200, to_text(body)};
  if (!is_new && !objects_.contains(path)) return status(404, "not found");
  if (!is_new && string_at(objects_[path], "/metadata/resourceVersion") !=
                     string_at(body, "/metadata/resourceVersion"))
    return status(409, "the object has been modified");
  if (is_new) {
    body["metadata"]["uid"] = "uid-" + std::to_string(version_);
    body["metadata"]["creationTimestamp"] = to_rfc3339(scheduler_.wall_now());
  }
  if (counts_generations) {
    const json& before = is_new ? body : objects_[object_path];
    const bool is_other = is_new || at(before, "/spec") != at(body, "/spec");
    body["metadata"]["generation"] = int_at(before, "/metadata/generation") + (is_other ? 1 : 0);
  }
  put(object_path, body);
  return http::Response{is_new ? 201 : 200, to_text(objects_[object_path])};
}

// RFC 6902, which the API server answers with 422 where it cannot be applied.
http::Answer FakeApi::patch_if(const std::string& path, const json& operations) {
  if (!objects_.contains(path)) return status(404, "not found");
  json object;
  try {
    object = objects_[path].patch(operations);
  } catch (const json::exception& error) {
    return status(422, error.what(), "Invalid");
  }
  put(path, object);
  return http::Response{200, to_text(objects_[path])};
}

// Of the status subresource: RFC 7396, but that conditions are merged by their type, as a strategic
// merge patch does.
http::Answer FakeApi::patch(const std::string& path, const json& body) {
  const std::string object_path = parent(path);
  if (!path.ends_with("/status") || !objects_.contains(object_path))
    return status(404, "not found");
  json object = objects_[object_path];
  if (has(body, "/metadata/uid") && string_at(body, "/metadata/uid") != object::uid(object))
    return status(409, "the object has another UID", "Conflict");
  json conditions = array_at(object, "/status/conditions");
  object.merge_patch(body);
  if (object_path.find("/nodes/") != std::string::npos) {
    for (const auto& told : array_at(body, "/status/conditions")) {
      const auto same = std::find_if(conditions.begin(), conditions.end(), [&](const json& one) {
        return string_at(one, "/type") == string_at(told, "/type");
      });
      if (same == conditions.end()) {
        conditions.push_back(told);
      } else {
        same->merge_patch(told);
      }
    }
    object["status"]["conditions"] = conditions;
  }
  put(object_path, object);
  return http::Response{200, to_text(object)};
}

void FakeApi::put(const std::string& path, json object) {
  const bool is_new = !objects_.contains(path);
  put_quietly(path, std::move(object));
  tell(is_new ? "ADDED" : "MODIFIED", path, objects_[path]);
}

void FakeApi::put_quietly(const std::string& path, json object) {
  object["metadata"]["name"] = path.substr(path.rfind('/') + 1);
  const std::string space = namespace_of(path);
  if (!space.empty()) object["metadata"]["namespace"] = space;
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  if (!has(object, "/metadata/uid")) object["metadata"]["uid"] = "uid-" + std::to_string(version_);
  objects_[path] = std::move(object);
}

void FakeApi::rewind(const std::string& path, json object, int version) {
  objects_[path] = std::move(object);
  version_ = version;
}

void FakeApi::remove(const std::string& path) {
  const json object = objects_.at(path);
  objects_.erase(path);
  tell("DELETED", path, object);
}

const json* FakeApi::find(const std::string& path) const {
  const auto found = objects_.find(path);
  return found == objects_.end() ? nullptr : &found->second;
}

// As the API server: an object that a selector no longer takes is gone for who watches by it.
void FakeApi::tell(const std::string& type, const std::string& path, const json& object) {
  const auto now_open = watches_;
  for (const auto& open : now_open) {
    const std::string name = selected_name(open.query);
    if (!is_in(path, open.collection) || (!name.empty() && !path.ends_with("/" + name))) continue;
    const bool is_taken = is_selected(object, open.query);
    if (!is_taken && type == "ADDED") continue;
    open.on_line(to_text({{"type", is_taken ? type : "DELETED"}, {"object", object}}));
  }
}

void FakeApi::end_watches(const http::Answer& how) {
  const auto now_open = watches_;
  for (const auto& open : now_open) open.on_end(how);
}

void FakeApi::send_line(const std::string& collection, const std::string& line) {
  const auto now_open = watches_;
  for (const auto& open : now_open)
    if (open.collection == collection) open.on_line(line);
}

std::size_t FakeApi::count(const std::string& request) const {
  return static_cast<std::size_t>(std::count(requests.begin(), requests.end(), request));
}

}  // namespace kip::testing
