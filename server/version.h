// The version of this build.
#ifndef LATCHKEY_SERVER_VERSION_H_
#define LATCHKEY_SERVER_VERSION_H_

namespace latchkey {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_VERSION_H_
