// What goes into the Authorization header for a repository: learnt from the registry's challenges,
// and kept. Belongs to the loop; outlives its requests.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "registry/challenge.h"
#include "registry/fetch.h"
#include "registry/token.h"

namespace kip::registry {

// Who asks for what.
struct Repository {
  http::ServerUrl server;
  std::string path;   // "eclipse/che-theia"
  std::string image;  // for messages
};

class Authorizer {
 public:
  using Done = std::function<void(Result<std::string, Failure>)>;

  explicit Authorizer(Network& network) : network_(network) {}

  // What the last challenge of this repository wanted, if we have it; "" else.
  std::string known(const Repository& repository, const Credentials& credentials) const;

  // After a 401 with this WWW-Authenticate: gets what it wants, from its token server where it
  // names one. A token that was known is not used again. Failure: unauthorized where it wants
  // credentials that there are none of, or that the token server refuses.
  //
  // Credentials go to the realm only over TLS, or to a server that is listed as insecure; and
  // where the registry itself speaks plain HTTP, so that anybody on the way may have written the
  // challenge, to its own server or a listed one only.
  [[nodiscard]] HandlePtr answer(const Repository& repository, const Subject& subject,
                                 std::string_view challenges, const Credentials& credentials,
                                 Done done);

 private:
  static TokenKey key_of(const Repository& repository, const Challenge& challenge,
                         const Credentials& credentials);
  Result<Target, std::string> realm_of(const Repository& repository, const Challenge& challenge,
                                       const Credentials& credentials) const;

  Network& network_;
  TokenCache tokens_;
  std::map<std::string, Challenge> challenges_;  // by server and repository
};

}  // namespace kip::registry
