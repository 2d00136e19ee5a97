// Public keys for tests; nobody kept the private ones.
#ifndef LATCHKEY_CORE_JWKS_TEST_KEYS_H_
#define LATCHKEY_CORE_JWKS_TEST_KEYS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace latchkey {

// TestJwk names one of the points below.
struct TestJwk {
  std::string kid;
  size_t point = 0;
};

inline std::string WriteTestJwk(const TestJwk& key) {
  struct Point {
    absl::string_view x, y;
  };
  static constexpr Point kPoints[] = {
      {"Fj6b1lvfFOFfhP1bMIAYk9izs2_vjI3lyI873LiEZpQ",
       "Hv9t_vwcaPKF04Eu1ggSwOIgNwk0iAmhgrV3l6WBVKU"},
      {"MHoNvmSGlKWOB1tzSyZumD1IogkQBAqcnurX9efN1ns",
       "9z3PcwAxenh-wC0n2WezyNfSNA2pP_6XumJ5ZzMbFmY"},
      {"I2NDKqrnZk2PZUp8G0YeHL2c8zWVOykLKuNddBhyEwg",
       "NcbYmRIqPtoPcOU1SuKV2jUIVaTcaU5YAIkQi5wkRMo"},
      {"8pZetxj4WpebcB44n62oNNoNN2lb-PLSC5PHnyIZBuA",
       "egAwNXB_Pkj-8ZHTZ5UI19eGH_X1tV1Vi1HGs-MuFo4"},
      {"l3Nz63ip7riYpf4Rp9xn9k4jdKa3MAQ7vrmnPfuzs1M",
       "VQdsbbcFYeZyApTj4zB857BQJmqxuo4U1_kgr7UR68U"},
      {"CtCYk_BjmEoG7vNoryXGQIWLPcyK3LX7g2QFCnIFqLs",
       "FBn0e6Kkm9p66RmbIUx2vurl2FImYjG46lZeolNITas"},
  };
  const Point& point = kPoints[key.point];
  return absl::StrCat(
      R"({"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":")", key.kid,
      R"(","x":")", point.x, R"(","y":")", point.y, R"("})");
}

// TestJwks is the document of those keys.
inline std::string TestJwks(const std::vector<TestJwk>& keys) {
  return absl::StrCat(R"({"keys":[)",
                      absl::StrJoin(keys, ",",
                                    [](std::string* out, const TestJwk& key) {
                                      out->append(WriteTestJwk(key));
                                    }),
                      "]}");
}

// An RSA key of 2048 bits without `alg`, kid "rsa".
inline constexpr char kTestRsaJwks[] =
    R"({"keys":[{"kty":"RSA","kid":"rsa","e":"AQAB","n":")"
    R"(uNPeRPv5x5EgUgkRrmfqXdz3_jLq8aWUGhJ-5kV_MRik4DcqA4XYG2uYa447uA)"
    R"(0hvKeXmc5oKjwIoXmwIJnBSkdbzj2UwwvcqgPW8lPwLpSG7YisTSKgrz5MqXWE)"
    R"(M3Z8330RxszuJzi9MdcsskCBudwQHv5MMYP7mmkniEAl0J8pMQyulJY2ffUVJ3)"
    R"(pnWcc3Btbl-EDp-ZfYkdDPhwvpuBtqmGWQeWTwNzP1n4MRj9VEL2IbyZzmkfjV)"
    R"(vyrC49F80Df8xwKNjLr3E4s5eDCOor6WNBpUELzflB4QrLCiNRoSK6M1CK18fN)"
    R"(0eQHOrH9AojX4VhMtoAuR_EX8YPPd56Q)"
    R"("}]})";

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_TEST_KEYS_H_
