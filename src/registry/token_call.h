// One token from a token server: by POST where there is an identity token, else by GET. Belongs to
// the loop; destroying it gives it up.
#pragma once

#include <functional>
#include <string>

#include "registry/fetch.h"
#include "registry/token.h"

namespace kip::registry {

class TokenCall : public Handle {
 public:
  using Done = std::function<void(Result<Token, Failure>)>;

  // `done` is called once, from the loop and never from inside this call; it may destroy this.
  // Failure: unauthorized where the server does not take the credentials, bad_answer where it is
  // no token server. It is not followed anywhere else.
  TokenCall(Network& network, std::string image, TokenKey key, Target realm, Done done);

 private:
  void send(TokenRequest request);
  void answered(Result<Fetch::Answered, Failure> answer);
  bool falls_back(int status) const;
  void finish(Result<Token, Failure> result);

  Network& network_;
  const std::string image_;
  const TokenKey key_;
  const Target realm_;
  Done done_;
  bool is_post_ = false;
  HandlePtr fetch_;
};

}  // namespace kip::registry
