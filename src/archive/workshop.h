// What the builds of one pass share. Belongs to the loop; outlives them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "archive/archive_name.h"
#include "archive/blob_places.h"
#include "archive/claims.h"
#include "archive/folder.h"
#include "archive/record.h"
#include "archive/repeat.h"
#include "archive/rooms.h"
#include "registry/client.h"
#include "types/platform.h"

namespace kip::archive {

// What archives are to be.
struct BuildSettings {
  types::Platform platform = {};
  Format format = Format::docker_archive;
  std::optional<Duration> age_limit = Duration::zero();  // absent: what is there stays
  bool is_rebuilt = false;  // what is due is built anew though nothing moved
  std::optional<std::uint64_t> disk_limit = std::nullopt;  // bytes of all archives together
};

struct Workshop {
  Workshop(Scheduler& s, registry::Client& c, const Folder& f, BuildSettings is)
      : scheduler(s),
        client(c),
        folder(f),
        settings(std::move(is)),
        claims(s),
        rooms(f, record, settings.disk_limit, [&f] { return f.free_bytes(); }) {}

  Scheduler& scheduler;
  registry::Client& client;
  const Folder& folder;
  const BuildSettings settings;
  Record record;
  Claims claims;
  BlobPlaces places;
  bool knows_places = false;  // those of the archives in the record: read when something is built
  Rooms rooms;
  std::set<std::string> built;  // files of archives that were written by this pass
};

// The registry's failure in the kinds that all of ours have.
runtime::Failure failure_of(const registry::Failure& failure);

}  // namespace kip::archive
