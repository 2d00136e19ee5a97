// Paths of the methods under load.
#ifndef LATCHKEY_TESTS_LOAD_METHODS_H_
#define LATCHKEY_TESTS_LOAD_METHODS_H_

namespace latchkey {

inline constexpr char kEchoPath[] = "/latchkey.load.Echo/Echo";
inline constexpr char kLoginPath[] = "/latchkey.v1.AuthService/Login";
inline constexpr char kVerifyPath[] = "/latchkey.v1.AuthService/Verify";
inline constexpr char kRefreshPath[] =
    "/latchkey.v1.AuthService/RefreshSession";

inline constexpr char kFetchPath[] =
    "/latchkey.v1.OutboundCredentialService/FetchAccessToken";

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_LOAD_METHODS_H_
