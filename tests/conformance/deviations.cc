#include "tests/conformance/deviations.h"

namespace latchkey {
namespace {

constexpr absl::string_view kJws = "json_web_signature_test.json";
constexpr absl::string_view kJwk = "json_web_key_test.json";
constexpr absl::string_view kJwCrypto = "json_web_crypto_test.json";
constexpr absl::string_view kDuplicateKid =
    "RFC 7517 §4.5 allows two keys with one kid, and issuers publish such sets "
    "while they rotate: each is tried, at most four";
constexpr absl::string_view kEmptyPayload =
    "a token is a JWT: its payload is an object of claims";
constexpr absl::string_view kKeyDecides =
    "the key is for another algorithm than the header names (PS256, PS384)";
constexpr absl::string_view kNoSuchAlgorithm =
    "the key's alg, ES521, is no algorithm of RFC 7518";
constexpr absl::string_view kSameAsValid =
    "the very token of case 357, which the file calls valid";
constexpr absl::string_view kStrayCharacter =
    "a question mark within base64url (RFC 7515 §2)";
constexpr absl::string_view kShortSecret =
    "secret shorter than the hash (RFC 7518 §3.2)";
constexpr absl::string_view kTruncatedTag =
    "MAC cut short; a JWS carries all of it (RFC 7518 §3.2)";
constexpr absl::string_view kJwe = "JWE is not supported";
constexpr absl::string_view kJsonSerialization =
    "a JWT is in compact serialization (RFC 7519 §1)";
constexpr absl::string_view kDuplicateName =
    "two members of one name (RFC 7515 §4, RFC 7519 §4)";
constexpr absl::string_view kNumberAsText =
    "numbers keep their text; range is the concern of who reads one";

constexpr Deviation kDeviations[] = {
    {kJws, "empty payload", 6, kEmptyPayload},
    {kJws, "346", 1, kKeyDecides},
    {kJws, "350", 1, kKeyDecides},
    {kJws, "347", 1, kNoSuchAlgorithm},
    {kJws, "351", 1, kNoSuchAlgorithm},
    {kJws, "367", 1, kSameAsValid},
    {kJws, "370", 1, kSameAsValid},
    {kJws, "372", 1, kStrayCharacter},
    {kJws, "373", 1, kStrayCharacter},
    {kJwk, "4", 1, kDuplicateKid},
    {kJwCrypto, "JWE", 2, kJwe},

    {"hmac_sha256_test.json", "short key", 6, kShortSecret},
    {"hmac_sha256_test.json", "truncated tag", 30, kTruncatedTag},
    {"hmac_sha384_test.json", "short key", 6, kShortSecret},
    {"hmac_sha384_test.json", "truncated tag", 30, kTruncatedTag},
    {"hmac_sha512_test.json", "short key", 6, kShortSecret},
    {"hmac_sha512_test.json", "truncated tag", 30, kTruncatedTag},
    {"rsa_pss_misc_test.json", "other parameters", 147,
     "not the hash, MGF or salt length of PS256, PS384 or PS512"},

    {"rfc7520-cookbook", "JSON serialization", 21, kJsonSerialization},
    {"rfc7520-cookbook", "4_5.signature_with_detached_content.json compact", 1,
     "detached payload: not a JWT"},
    {"rfc7520-cookbook", "hmac-sha2_b64_false.json compact", 1,
     "RFC 7797 §7 forbids b64 in a JWT"},
    {"rfc7520-cookbook", "JWE", 3, kJwe},
    {"rfc7520-cookbook/jwk", "private key", 2,
     "a published private key proves nothing"},

    {"rfc/examples.json", "RFC 7515 A.5", 1,
     "alg none is never accepted (RFC 8725 §3.2)"},
    {"rfc/examples.json", "JSON serialization", 2, kJsonSerialization},

    {"test_parsing", "duplicate name", 2, kDuplicateName},
    {"test_parsing", "large number", 10, kNumberAsText},
    {"test_parsing, wide limits", "duplicate name", 2, kDuplicateName},
    {"test_parsing, wide limits", "large number", 10, kNumberAsText},
    {"test_parsing, wide limits", "i_structure_500_nested_arrays.json", 1,
     "the limit was raised to 512; it is 32 by default"},
};

}  // namespace

absl::Span<const Deviation> Deviations() { return kDeviations; }

}  // namespace latchkey
