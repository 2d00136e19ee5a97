// The signatures of rsa_forgeries.json, which make_rsa_forgeries.py made.
#ifndef LATCHKEY_TESTS_ATTACKS_RSA_FORGERIES_H_
#define LATCHKEY_TESTS_ATTACKS_RSA_FORGERIES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/json/json.h"

namespace latchkey {

class RsaForgeries {
 public:
  explicit RsaForgeries(json::Value document)
      : document_(std::move(document)) {}

  struct Token {
    std::string cause;  // empty: a control, right in every place
    std::string token;
  };
  // Tokens of one list: "pkcs1", "pss", "e3", "lengths".
  std::vector<Token> Tokens(absl::string_view list) const;

  // Object gives a member such as "rs256_jwk".
  json::Value Object(absl::string_view name) const;
  // Text gives a string member, or one of an object when `inner` is given.
  std::string Text(absl::string_view name, absl::string_view inner = "") const;
  // Der decodes a PEM text of "pem".
  std::string Der(absl::string_view form) const;

 private:
  const json::Value document_;
};

// LoadRsaForgeries reads the file once; ends the test program without it.
const RsaForgeries& LoadRsaForgeries();

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_ATTACKS_RSA_FORGERIES_H_
