#include "core/crypto/pem.h"

#include <openssl/crypto.h>
#include <openssl/pem.h>

#include <cstdint>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "core/base/reason.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_ptr.h"

namespace latchkey {
namespace {

constexpr size_t kMaxPemBytes = 64 * 1024;

struct OpensslFree {
  void operator()(void* memory) const { OPENSSL_free(memory); }
};

}  // namespace

absl::StatusOr<PemBlock> ReadPem(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text.size() > kMaxPemBytes || !absl::StartsWith(text, "-----BEGIN ") ||
      !absl::EndsWith(text, "-----") ||
      absl::StrContains(text.substr(1), "-----BEGIN ")) {
    return Error(Reason::kInvalidRequest, "not one block of PEM");
  }
  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  char* label = nullptr;
  char* header = nullptr;
  uint8_t* data = nullptr;
  long size = 0;
  const bool read = bio != nullptr &&
                    PEM_read_bio(bio.get(), &label, &header, &data, &size) == 1;
  const std::unique_ptr<char, OpensslFree> label_owner(label);
  const std::unique_ptr<char, OpensslFree> header_owner(header);
  const std::unique_ptr<uint8_t, OpensslFree> data_owner(data);
  if (!read || (header != nullptr && *header != '\0')) {
    ClearOpensslErrors();
    return Error(Reason::kInvalidRequest, "malformed PEM");
  }
  return PemBlock{label, std::string(reinterpret_cast<const char*>(data),
                                     static_cast<size_t>(size))};
}

}  // namespace latchkey
