// The Docker Engine's API, under a version that both sides know. Belongs to the loop.
// Source: https://docs.docker.com/reference/api/engine/#versioned-api-and-sdk
#pragma once

#include <memory>
#include <string>

#include "docker/unix_http.h"

namespace kip::docker {

class Engine {
 public:
  Engine(Loop& loop, std::string socket);

  // As UnixHttp::send; the target is without a version: "/images/json". The deadline includes what
  // it takes to find the version.
  [[nodiscard]] HandlePtr send(UnixRequest request, UnixHttp::OnPiece on_piece,
                               UnixHttp::Answer done);

 private:
  struct State;
  class Call;
  const std::shared_ptr<State> state_;
};

// The version to ask under of an Engine whose newest is `newest`: "/v1.41"; "" where that is no
// version, which the Engine reads as its newest.
std::string version_path(const std::string& newest);

}  // namespace kip::docker
