// Certificates made on the spot, for tests.
#pragma once

#include <memory>
#include <string>

namespace kip::testing {

struct Issued {
  std::string certificate_pem, key_pem;
};

class Authority {
 public:
  explicit Authority(const std::string& name = "test-ca");
  ~Authority();

  const std::string& pem() const;

  // `names` is OpenSSL's subjectAltName, "DNS:a,IP:127.0.0.1"; "" for none. Valid until
  // `seconds` from now, and since a day before that or before now.
  Issued issue(const std::string& common_name, const std::string& names,
               long seconds = 86400) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
};

}  // namespace kip::testing
